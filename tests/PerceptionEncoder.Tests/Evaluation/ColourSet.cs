using System.Text;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation;

/// <summary>A data set on disk of plain pictures, and a stand-in model that knows red, green and blue.</summary>
public sealed class ColourSet : IDisposable
{
    public const int Side = 4;

    private static readonly string[] Colours = ["red", "green", "blue"];
    private int shards;

    public ColourSet()
    {
        TorchRuntime.Initialize();
        Directory.CreateDirectory(Path.Combine(Root, "test"));
        Write("classnames.txt", string.Join('\n', Colours) + "\n");
        Write("zeroshot_classification_templates.txt", "a {c} square\n{c}\n");
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("pe-evaluation-").FullName;

    public List<string> Log { get; } = [];

    public EvaluationSetOptions Options(EvaluationType type, int batch = 4)
        => new() { Type = type, Name = "colours", Data = Root, Batch = batch, Transform = ImageFit.Squash };

    public IEvaluator ZeroShot(int batch = 4) => Evaluator(Options(EvaluationType.Zeroshot, batch), Encoder, Log);

    public IEvaluator Retrieval(int batch = 4) => Evaluator(Options(EvaluationType.Retrieval, batch), Encoder, Log);

    /// <summary>The stand-in model.</summary>
    internal static FeatureEncoder Encoder { get; } = FeatureEncoder.None with
    {
        Resolution = Side,
        Images = EncodeImages,
        Texts = EncodeTexts,
    };

    /// <summary>What measures a set with a model of one's own.</summary>
    internal static IEvaluator Evaluator(
        EvaluationSetOptions set,
        FeatureEncoder encoder,
        List<string> log,
        EvaluationSession? session = null)
        => Evaluators.Create(OpenedSet.Open(set, log.Add), encoder, log.Add, session ?? EvaluationSession.None);

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(Root, name), text);

    /// <summary>Appends a shard; each sample is given by its members.</summary>
    public void AddShard(params (string Extension, byte[] Data)[][] samples)
    {
        using (var writer = new ShardWriter(Path.Combine(Root, "test", $"{shards}.tar")))
        {
            for (var i = 0; i < samples.Length; i++)
            {
                writer.Write($"s{shards}{i:000000}", samples[i].Select(member => (member.Extension, (ReadOnlyMemory<byte>)member.Data)));
            }
        }

        shards++;
        Write("test/nshards.txt", $"{shards}\n");
    }

    public static (string, byte[])[] Labelled(string colour, string label, string extension = "png")
        => [(extension, Picture(colour)), ("cls", Encoding.ASCII.GetBytes(label))];

    public static (string, byte[])[] Captioned(string colour, string captions)
        => [("png", Picture(colour)), ("txt", Encoding.UTF8.GetBytes(captions))];

    public static byte[] Picture(string colour)
        => PngEncoder.Encode(new Canvas(7, 5, Colour(colour)).ToImage());

    public static (byte Red, byte Green, byte Blue) Colour(string name) => name switch
    {
        "red" => (255, 0, 0),
        "green" => (0, 255, 0),
        "blue" => (0, 0, 255),
        "ochre" => (200, 150, 0),
        "teal" => (0, 100, 200),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>Mean of each colour channel.</summary>
    public static Tensor EncodeImages(Tensor images)
    {
        Assert.Equal((ScalarType.Byte, 3L, (long)Side, (long)Side), (images.dtype, images.shape[1], images.shape[2], images.shape[3]));
        return images.to(float32).mean([2, 3]);
    }

    /// <summary>Counts of each colour's name.</summary>
    public static Tensor EncodeTexts(IReadOnlyList<string> texts)
        => stack(
            texts.Select(text => tensor(Colours.Select(colour => text.Contains(colour, StringComparison.Ordinal) ? 1f : 0).ToArray())));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

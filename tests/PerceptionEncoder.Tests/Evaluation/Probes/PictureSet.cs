using System.Text;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Probes;

/// <summary>
/// A labelled set on disk: noise with a cast of red, green or blue, to train on and to test; and a small tower with fresh weights.
/// </summary>
public sealed class PictureSet : IDisposable
{
    private const int Side = 8;

    public PictureSet(int train = 60, int test = 30)
    {
        TorchRuntime.Initialize();
        Write("train", train, 1);
        Write("test", test, 2);
        File.WriteAllText(Path.Combine(Root, "classnames.txt"), "red\ngreen\nblue\n");
        File.WriteAllText(Path.Combine(Root, "zeroshot_classification_templates.txt"), "a {c} square\n");
        manual_seed(8);
        Tower = new VisionTransformer(
            new VisionOptions { Width = 24, Layers = 3, Heads = 3, PoolingHeads = 2, PatchSize = 4, ImageSize = 8, OutputDim = 3 });
        Tower.eval();
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("pe-probes-").FullName;

    public VisionTransformer Tower { get; }

    public List<string> Log { get; } = [];

    /// <summary>Where probes are kept.</summary>
    public ProbeSaving? Saving { get; set; }

    public LayerWork Work => new() { Log = Log.Add, Cache = Root };

    public LayerProbes Probes(IReadOnlyList<int> layers, params ProbeTask[] tasks) => Probes(
        layers,
        new ProbeOptions { Epochs = 20, Batch = 16, Neighbors = [1, 5], L2 = [1e-2, 1e-4], LearningRates = [1e-3, 1e-2], HeldOut = 0.2 },
        tasks);

    public LayerProbes Probes(IReadOnlyList<int> layers, ProbeOptions options, params ProbeTask[] tasks)
        => Probes(layers, options, Work, tasks);

    public LayerProbes Probes(IReadOnlyList<int> layers, ProbeOptions options, LayerWork work, params ProbeTask[] tasks) => new()
    {
        Vision = Tower,
        Device = CPU,
        Set = new ProbeSetOptions { Name = "casts", Data = Root, Batch = 16 },
        Layers = layers,
        Tasks = tasks,
        Options = options,
        EncodeTexts = texts => stack(texts.Select(text => tensor(
            new[] { "red", "green", "blue" }.Select(name => text.Contains(name, StringComparison.Ordinal) ? 1f : 0).ToArray())).ToArray()),
        Work = work,
        Saving = Saving,
    };

    public void Dispose()
    {
        Tower.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>Labels both as <c>.cls</c> and in a <c>json</c>; the last picture of the training part is cut.</summary>
    private void Write(string part, int count, int seed)
    {
        var random = new Random(seed);
        Directory.CreateDirectory(Path.Combine(Root, part));
        using (var writer = new ShardWriter(Path.Combine(Root, part, "0.tar")))
        {
            for (var i = 0; i < count; i++)
            {
                var label = i % 3;
                var pixels = new byte[3 * Side * Side];
                random.NextBytes(pixels);
                for (var channel = label; channel < pixels.Length; channel += 3)
                {
                    pixels[channel] = (byte)(255 - (pixels[channel] / 3));
                }

                var picture = PngEncoder.Encode(new DecodedImage(Side, Side, 3, pixels, Indexed: false));
                writer.Write($"s{i:000000}",
                [
                    ("png", picture),
                    ("cls", Encoding.ASCII.GetBytes($"{label}\n")),
                    ("json", Encoding.ASCII.GetBytes($$"""{"class_index": {{label}}}""")),
                ]);
            }

            if (part == "train")
            {
                writer.Write("s999999", [("png", new byte[] { 1, 2, 3 }), ("cls", "0"u8.ToArray()), ("json", "{}"u8.ToArray())]);
            }
        }

        File.WriteAllText(Path.Combine(Root, part, "nshards.txt"), "1\n");
    }
}

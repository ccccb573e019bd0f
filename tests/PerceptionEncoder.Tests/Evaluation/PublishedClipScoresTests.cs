using System.Text;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Media.Video;
using PerceptionEncoder.Tests.Tools.Features;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation;

/// <summary>
/// Clips of stored frames that disagree, bright ones among dark ones, through a real model whose features differ in length as the frames
/// do; the published figures are worked out here from the features of single frames. Each sample has an oblong picture too, so that the
/// same set serves as one of images.
/// </summary>
public sealed class PublishedClipScoresTests : IDisposable
{
    private const int Side = 8;
    private const int Clips = 40;
    private const int Frames = 3;
    private static readonly string[] Classes = ["ab", "cde", "f", "ghi"];

    private readonly string root = Directory.CreateTempSubdirectory("pe-clips-").FullName;
    private readonly DisposeScope scope;
    private readonly ClipModel model;
    private readonly ClipEncoder encoder;
    private readonly double[][] classes;                                   // unit features of the names
    private readonly double[][][] frames = new double[Clips][][];          // raw features, [clip][frame][channel]

    public PublishedClipScoresTests()
    {
        TorchRuntime.Initialize();
        scope = NewDisposeScope();
        manual_seed(4);
        model = new ClipModel(new ClipOptions
        {
            Vision = new VisionOptions
            {
                ImageSize = Side, PatchSize = Side, Width = 16, Layers = 1, Heads = 2, OutputDim = 6, Pooling = Pooling.Average,
                UseClassToken = false, UseAbsolutePositions = false, UseRope2D = false, UseLnPre = false, UseLnPost = false,
            },
            Text = new TextOptions { ContextLength = 8, VocabularySize = 128, Width = 16, Layers = 1, Heads = 2, OutputDim = 6 },
        });
        model.eval();
        encoder = new ClipEncoder(model, new LetterTokenizer(), CPU);
        classes = Rows(encoder.EncodeTexts(Classes));
        WriteSet();
    }

    public void Dispose()
    {
        model.Dispose();
        scope.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [SkippableFact]
    public void Zero_shot_takes_the_mean_of_the_raw_frames_and_scales_that()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        var result = Evaluate(EvaluationType.Zeroshot);

        // The label of each clip is the class that the published formula gives it; another mean gives some of them another class.
        Assert.Equal((Clips, 0, 1.0), (result.Samples, result.Unreadable, result.Metrics["acc1"]));
        Assert.Contains(frames, clip => Class(MeanOfUnits(clip)) != Class(Mean(clip)));
    }

    [SkippableFact]
    public void Retrieval_scores_the_mean_of_the_unit_frames_as_it_is()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        var texts = Rows(encoder.EncodeTexts([.. Enumerable.Range(0, Clips).Select(Caption)]));

        var metrics = Evaluate(EvaluationType.Retrieval).Metrics;

        foreach (var k in new[] { 1, 5, 10 })
        {
            Assert.Equal(Recall(k, MeanOfUnits), metrics[$"image_retrieval_recall@{k}"], 1e-12);
        }

        Assert.NotEqual(
            Enumerable.Range(1, 10).Sum(k => Recall(k, MeanOfUnits)),
            Enumerable.Range(1, 10).Sum(k => Recall(k, clip => Unit(MeanOfUnits(clip)))));
        Assert.NotEqual(Recall(10, clip => Unit(MeanOfUnits(clip))), metrics["image_retrieval_recall@10"]);

        double Recall(int k, Func<double[][], double[]> clip)
            => texts.Index().Average(
                text => frames.Count(other => Dot(clip(other), text.Item) > Dot(clip(frames[text.Index]), text.Item)) < k ? 1.0 : 0);
    }

    [SkippableTheory]
    [InlineData(EvaluationType.Zeroshot, false, "acc1")]
    [InlineData(EvaluationType.Zeroshot, true, "acc1")]
    [InlineData(EvaluationType.Retrieval, false, "image_retrieval_recall@1")]
    [InlineData(EvaluationType.Retrieval, true, "image_retrieval_recall@1")]
    public void Every_kind_of_set_is_measured_with_both_transforms_unless_one_is_chosen(EvaluationType type, bool clips, string figure)
    {
        GeneratedClip.SkipWithoutFFmpeg();
        var both = Evaluators.Create(Set(type) with { Transform = null, Frames = clips ? Frames : null }, encoder, Assert.Fail)
            .Evaluate(default).Metrics;
        foreach (var (fit, name) in new[] { (ImageFit.Squash, "squash"), (ImageFit.CenterCrop, "center_crop") })
        {
            var one = Evaluators.Create(Set(type) with { Transform = fit, Frames = clips ? Frames : null }, encoder, Assert.Fail)
                .Evaluate(default).Metrics;
            Assert.Equal(
                one,
                both.Where(metric => metric.Key.StartsWith(name + "_", StringComparison.Ordinal))
                    .ToDictionary(metric => metric.Key[(name.Length + 1)..], metric => metric.Value));
        }

        Assert.Contains(both[figure], new[] { both[$"squash_{figure}"], both[$"center_crop_{figure}"] });
    }

    [Fact]
    public void A_sample_that_cannot_be_used_is_named_once_for_both_transforms_each_time_the_set_is_measured()
    {
        using (var writer = new ShardWriter(Path.Combine(root, "test/0.tar")))
        {
            writer.Write("good", ("png", Noise(new Random(1), 6, 9)), ("cls", "0"u8.ToArray()));
            writer.Write("bad", ("png", new byte[] { 1, 2, 3 }), ("cls", "0"u8.ToArray()));
        }

        var log = new List<string>();
        var evaluator = Evaluators.Create(Set(EvaluationType.Zeroshot) with { Transform = null }, encoder, log.Add);
        Assert.Equal((1, 1), (evaluator.Evaluate(default).Samples, log.Count));
        evaluator.Evaluate(default);
        Assert.Equal(2, log.Count);
    }

    private PerceptionEncoder.Training.EvaluationResult Evaluate(EvaluationType type)
        => Evaluators.Create(Set(type) with { Frames = Frames }, encoder, Assert.Fail).Evaluate(default);

    private EvaluationSetOptions Set(EvaluationType type)
        => new() { Type = type, Name = "noise", Data = root, Batch = 16, Transform = ImageFit.Squash };

    private void WriteSet()
    {
        Directory.CreateDirectory(Path.Combine(root, "test"));
        File.WriteAllText(Path.Combine(root, "test/nshards.txt"), "1\n");
        File.WriteAllText(Path.Combine(root, "classnames.txt"), string.Join('\n', Classes) + "\n");
        File.WriteAllText(Path.Combine(root, "zeroshot_classification_templates.txt"), "{c}\n");
        var random = new Random(7);
        using var writer = new ShardWriter(Path.Combine(root, "test/0.tar"));
        for (var clip = 0; clip < Clips; clip++)
        {
            frames[clip] = new double[Frames][];
            var members = new List<(string Extension, ReadOnlyMemory<byte> Data)>();
            for (var frame = 0; frame < Frames; frame++)
            {
                // Every second frame is nearly grey, so that its raw feature is short.
                var pixels = RandomPixels(random, Side, Side, contrast: (clip + frame) % 2 == 0 ? 1 : 0.1);
                members.Add(
                    (FrameMembers.Extension(frame, "png"), PngEncoder.Encode(new DecodedImage(Side, Side, 3, pixels, Indexed: false))));
                var stack = tensor(pixels, ScalarType.Byte).view(1, Side, Side, 3).permute(0, 3, 1, 2);
                frames[clip][frame] = Rows(model.EncodeImage(Pixels.Normalize(stack)).detach())[0];
            }

            members.Add(("png", Noise(random, 7, 12)));
            members.Add(("cls", Encoding.ASCII.GetBytes($"{Class(Mean(frames[clip]))}")));
            members.Add(("txt", Encoding.ASCII.GetBytes(Caption(clip))));
            writer.Write($"s{clip:0000}", [.. members]);
        }
    }

    private int Class(double[] clip) => classes.Select(name => Dot(Unit(clip), name)).Index().MaxBy(score => score.Item).Index;

    private static string Caption(int clip) => $"{(char)('a' + (clip % 26))}{(char)('b' + (clip / 26))}x";

    private static byte[] Noise(Random random, int width, int height)
        => PngEncoder.Encode(new DecodedImage(width, height, 3, RandomPixels(random, width, height, contrast: 1), Indexed: false));

    private static byte[] RandomPixels(Random random, int width, int height, double contrast)
        => [.. Enumerable.Range(0, width * height * 3).Select(_ => (byte)(128 + (contrast * random.Next(-127, 128))))];

    private static double[][] Rows(Tensor features)
        => [.. features.cpu().data<float>().Select(value => (double)value).Chunk((int)features.shape[^1])];

    private static double[] Mean(double[][] rows)
        => [.. Enumerable.Range(0, rows[0].Length).Select(channel => rows.Average(row => row[channel]))];

    private static double[] MeanOfUnits(double[][] rows) => Mean([.. rows.Select(Unit)]);

    private static double[] Unit(double[] row) => [.. row.Select(value => value / Math.Sqrt(Dot(row, row)))];

    private static double Dot(double[] one, double[] other) => one.Zip(other, (a, b) => a * b).Sum();
}

using PerceptionEncoder.Evaluation.Dense.Segmentation;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Segmentation;

public sealed class LayerSegmentationTests : IDisposable
{
    private const int Side = 32;
    private readonly string root = Directory.CreateTempSubdirectory("pe-segmentation-").FullName;
    private readonly VisionTransformer tower;
    private readonly List<string> log = [];

    public LayerSegmentationTests()
    {
        TorchRuntime.Initialize();
        Write("train", 20, 1);
        Write("test", 8, 2);
        manual_seed(8);
        tower = new VisionTransformer(
            new VisionOptions { Width = 24, Layers = 3, Heads = 3, PoolingHeads = 2, PatchSize = 4, ImageSize = Side, OutputDim = 3 });
        tower.eval();
    }

    public void Dispose()
    {
        tower.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void Halves_of_two_colours_are_told_apart_and_each_layer_has_the_figures_that_it_has_alone()
    {
        var sweep = Probe([0, 1, 2]).Run(default);
        Assert.True(sweep.Layers[0].Metrics["segmentation_miou"] > 0.8, $"{sweep.Layers[0].Metrics["segmentation_miou"]}");
        Assert.Equal(Probe([0, 1, 2]).Metrics, sweep.Result.Metrics.Keys);
        Assert.Equal((8, 0, 20, 0), (sweep.Samples, sweep.Unreadable, sweep.TrainSamples, sweep.TrainUnreadable));
        foreach (var layer in sweep.Layers)
        {
            Assert.Equal(Probe([layer.Layer]).Run(default).Layers[0].Metrics, layer.Metrics);
        }
    }

    [Theory]
    [InlineData(SegmentationHeadKind.Linear)]
    [InlineData(SegmentationHeadKind.Conv)]
    public void Heads_that_are_trained_tell_halves_apart_too(SegmentationHeadKind head)
    {
        var sheets = Path.Combine(root, "sheets");
        var probe = Change(Probe([0]), set => set with { Head = head, Steps = 120, LearningRate = 1e-2 }, sheets).Run(default);
        Assert.True(probe.Layers[0].Metrics["segmentation_miou"] > 0.8, $"{probe.Layers[0].Metrics["segmentation_miou"]}");
        Assert.Equal(8, Directory.GetFiles(sheets, "*.png").Length);
        Assert.Equal(Left(2), Left(5));

        // What stays is a parameter's: libtorch's wrapper counts a tensor that became one twice.
        long Left(int steps)
        {
            var before = LiveTensors.Count();
            Change(Probe([0]), set => set with { Head = head, Steps = steps }).Run(default);
            return LiveTensors.Count() - before;
        }
    }

    [Theory]
    [InlineData(SegmentationHeadKind.Lbfgs)]
    [InlineData(SegmentationHeadKind.Linear)]
    public void Windows_of_a_wide_picture_are_put_together_again(SegmentationHeadKind head)
    {
        foreach (var part in new[] { "train", "test" })
        {
            Widen(part);
        }

        var probe = Change(Probe([0]), set => set with { Head = head, Stride = 20, Steps = 120, LearningRate = 1e-2 }).Run(default);
        Assert.Equal((8, 20), (probe.Samples, probe.TrainSamples));
        Assert.True(probe.Layers[0].Metrics["segmentation_aacc"] > 0.8, $"{probe.Layers[0].Metrics["segmentation_aacc"]}");
    }

    [Fact]
    public void Of_penalties_that_do_equally_well_the_strongest_is_chosen_whatever_their_order()
    {
        // So weak that none changes an answer.
        var probe = Probe([0], [1e-12, 1e-10, 1e-11]).Run(default);
        Assert.Equal(1e-10, probe.Layers[0].Chosen["segmentation_l2"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_penalty_is_chosen_only_where_both_parts_have_classes(bool heldOut)
    {
        // Every fifth picture, in the order of their names, is held out.
        foreach (var (index, mask) in Directory.GetFiles(Path.Combine(root, "trainannot")).Order(StringComparer.Ordinal).Index())
        {
            if (index % 5 == 4 == heldOut)
            {
                var unlabelled = Enumerable.Repeat((byte)11, Side * Side).ToArray();
                File.WriteAllBytes(mask, PngEncoder.Encode(new DecodedImage(Side, Side, 1, unlabelled, Indexed: false)));
            }
        }

        Assert.Equal(1e-2, Probe([0]).Run(default).Layers[0].Chosen["segmentation_l2"]);
    }

    [Fact]
    public void Sheets_go_to_a_new_folder_alone()
        => Assert.Contains(
            "is not empty",
            Assert.Throws<UserErrorException>(() => Change(Probe([0]), set => set, Path.Combine(root, "test")).Run(default)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void An_image_without_mask_is_counted_and_left_out()
    {
        File.Delete(Path.Combine(root, "testannot", "3.png"));
        var result = Probe([0]).Run(default);
        Assert.Equal((7, 1), (result.Samples, result.Unreadable));
        Assert.Contains("testannot/3.png", Assert.Single(log), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mask_of_another_size_or_of_colours_is_said_and_left_out()
    {
        var (small, colours) = (new DecodedImage(Side / 2, Side, 1, new byte[Side * Side / 2], Indexed: false), new byte[3 * Side * Side]);
        File.WriteAllBytes(Path.Combine(root, "testannot", "3.png"), PngEncoder.Encode(small));
        File.WriteAllBytes(
            Path.Combine(root, "testannot", "4.png"),
            PngEncoder.Encode(new DecodedImage(Side, Side, 3, colours, Indexed: false)));
        var result = Probe([0]).Run(default);
        Assert.Equal((6, 2), (result.Samples, result.Unreadable));
        Assert.Contains("16x32, the picture 32x32", log[0], StringComparison.Ordinal);
        Assert.Contains("3 channels", log[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_is_an_error_that_shows_the_layout()
    {
        Directory.Delete(Path.Combine(root, "trainannot"), recursive: true);
        Assert.Contains(
            "trainannot/NAME.png",
            Assert.Throws<UserErrorException>(() => Probe([0]).Run(default)).Message,
            StringComparison.Ordinal);
    }

    private LayerSegmentation Probe(IReadOnlyList<int> layers, params double[] penalties) => new()
    {
        Vision = tower,
        Device = CPU,
        Set = new SegmentationSetOptions
        {
            Name = "halves",
            Data = root,
            Classes = 2,
            Unlabelled = 11,
            Batch = 8,
            L2 = penalties.Length > 0 ? penalties : [1e-2, 1e-4],
        },
        Layers = layers,
        Work = new LayerWork { Log = log.Add, Cache = root },
    };

    private static LayerSegmentation Change(
        LayerSegmentation probe,
        Func<SegmentationSetOptions, SegmentationSetOptions> change,
        string? sheets = null) => new()
    {
        Vision = probe.Vision,
        Device = probe.Device,
        Set = change(probe.Set),
        Layers = probe.Layers,
        Work = probe.Work,
        Pictures = sheets,
    };

    /// <summary>Twice as wide, by repeating columns.</summary>
    private void Widen(string part)
    {
        foreach (var file in Directory.GetFiles(Path.Combine(root, part)).Concat(Directory.GetFiles(Path.Combine(root, part + "annot"))))
        {
            var picture = ImageDecoders.Default.Decode(File.ReadAllBytes(file), IImageDecoder.DefaultMaximumPixels);
            byte[] wide = [.. picture.Pixels.Chunk(picture.Channels).SelectMany(pixel => pixel.Concat(pixel))];
            File.WriteAllBytes(file, PngEncoder.Encode(picture with { Width = 2 * picture.Width, Pixels = wide }));
        }
    }

    /// <summary>Noise, red on the left and blue on the right of a line that is unlabelled.</summary>
    private void Write(string part, int count, int seed)
    {
        var random = new Random(seed);
        Directory.CreateDirectory(Path.Combine(root, part));
        Directory.CreateDirectory(Path.Combine(root, part + "annot"));
        for (var i = 0; i < count; i++)
        {
            var line = random.Next(8, 24);
            var (pixels, mask) = (new byte[3 * Side * Side], new byte[Side * Side]);
            for (var pixel = 0; pixel < mask.Length; pixel++)
            {
                var left = pixel % Side < line;
                mask[pixel] = (byte)(pixel % Side == line ? 11 : left ? 0 : 1);
                pixels[(3 * pixel) + (left ? 0 : 2)] = (byte)random.Next(100, 256);
            }

            File.WriteAllBytes(
                Path.Combine(root, part, $"{i}.png"),
                PngEncoder.Encode(new DecodedImage(Side, Side, 3, pixels, Indexed: false)));
            File.WriteAllBytes(
                Path.Combine(root, part + "annot", $"{i}.png"),
                PngEncoder.Encode(new DecodedImage(Side, Side, 1, mask, Indexed: false)));
        }
    }
}

using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Tests.Models.Segmentation;
using PerceptionEncoder.Tools.TeacherMaps;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tools.TeacherMaps;

/// <summary>Maps by a small model with random weights in place of a published one.</summary>
public sealed class TeacherMapExtractionTests : IDisposable
{
    private static readonly TeacherMapOptions Options = new() { PointsPerSide = 3, Grid = 4, ShardSamples = 2 };

    private readonly string folder = Directory.CreateTempSubdirectory("maps").FullName;
    private readonly SegmentationModel model = SmallSegmentationModel.Build();
    private readonly Segmenter segmenter;

    public TeacherMapExtractionTests()
    {
        segmenter = new Segmenter(model, CPU);
        using var writer = new ShardWriter(At("images.tar"));
        for (var i = 0; i < 5; i++)
        {
            var pixels = new byte[3 * 40 * 30];
            new Random(i).NextBytes(pixels);
            var image = PngEncoder.Encode(new DecodedImage(40, 30, 3, pixels, Indexed: false));
            writer.Write($"{i}", ("png", i == 3 ? image[..60] : image), ("txt", "words"u8.ToArray()));
        }
    }

    public void Dispose()
    {
        model.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Each_image_has_the_teachers_logits_beside_it()
    {
        using var scope = NewDisposeScope();
        var bad = new BadSamples();
        var summary = Run("out", Options, bad);
        Assert.Equal((3, 0, 4L, 1L), (summary.Shards, summary.Resumed, summary.Images, summary.Unreadable));
        Assert.Equal(9 * 16 * 2, summary.BytesPerImage);
        Assert.InRange(summary.CosineError, 0, 1e-3);
        Assert.Single(bad.SkippedByReason);
        var samples = Read("out");
        Assert.Equal(["0", "1", "2", "4"], samples.Select(sample => sample.Key));
        var first = samples[0];
        Assert.Equal(["map.json", "map.npy", "png", "txt"], first.Members.Keys.Order());
        var decoded = ImageDecoders.Default.Decode(first.Members["png"].Span, long.MaxValue);
        var picture = segmenter.Encode(tensor(new ImageTransform(30, 40).Apply(decoded)).view(3, 30, 40));
        var wanted = segmenter.GridLogits(picture, 3, 4, 4).permute(2, 0, 1);
        Assert.True((Values(first, 9) - wanted).abs().max().item<float>() <= 1e-3 * wanted.abs().max().item<float>());
    }

    [Fact]
    public void What_is_complete_is_not_computed_again_and_the_rest_is_the_same()
    {
        Run("whole", Options);
        Run("halves", Options);
        File.Delete(At("halves/images-00001.tar"));
        File.Delete(At("halves/images-00002.tar"));
        var summary = Run("halves", Options);
        Assert.Equal((3, 1, 2L), (summary.Shards, summary.Resumed, summary.Images));
        Assert.All(
            Directory.GetFiles(At("whole")),
            path => Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(At($"halves/{Path.GetFileName(path)}"))));
    }

    [Fact]
    public void A_stop_leaves_complete_shards_only()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new TeacherMapExtraction(Options, segmenter, "teacher")
            .Run(At("images.tar"), At("out"), new BadSamples(), images => Stop(images, stop), stop.Token));
        Assert.Equal(["images-00000.tar", "maps.json"], Directory.GetFiles(At("out")).Select(Path.GetFileName).Order());

        static void Stop(long images, CancellationTokenSource stop)
        {
            if (images == 3)
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public void Fewer_channels_keep_what_they_can_of_the_similarities()
    {
        using var scope = NewDisposeScope();
        double[] errors =
        [
            .. new[] { 1, 3, 9, 12 }.Select(components => Run($"c{components}", Options with { Components = components }).CosineError),
        ];
        Assert.True(errors[0] > errors[1] && errors[1] > errors[2], string.Join(" ", errors));
        Assert.InRange(errors[2], 0, 1e-3);
        Assert.InRange(errors[3], 0, 1e-3);
        Assert.Equal([12L, 4, 4], Values(Read("c12")[0], 12).shape);
    }

    [Fact]
    public void A_folder_with_maps_of_another_kind_is_refused()
    {
        Run("out", Options);
        Assert.Contains(
            "holds maps of another teacher or with other settings",
            Assert.Throws<UserErrorException>(() => Run("out", Options with { Grid = 5 })).Message);
        Assert.Throws<UserErrorException>(
            () => new TeacherMapExtraction(Options, segmenter, "another").Run(At("images.tar"), At("out"), new BadSamples()));
    }

    [Fact]
    public void Images_leave_no_tensor_behind()
    {
        Run("first", Options);
        var tensors = LiveTensors.Count();
        Run("second", Options with { Components = 2 });
        Assert.Equal(tensors, LiveTensors.Count());
    }

    private TeacherMapSummary Run(string output, TeacherMapOptions options, BadSamples? bad = null)
        => new TeacherMapExtraction(options, segmenter, "teacher").Run(At("images.tar"), At(output), bad ?? new BadSamples());

    private Sample[] Read(string output)
        => [.. SampleReader.ReadShards(Directory.GetFiles(At(output), "*.tar").Order(), new BadSamples())];

    private static Tensor Values(Sample sample, int channels)
    {
        var target = new float[channels * 16];
        var image = sample.Members["png"].Span;
        TeacherMap.Of(sample, image, channels).WriteView(new AugmentedView(new PixelBox(0, 0, 40, 30), 40, 30, false), 4, target);
        return tensor(target).view(channels, 4, 4);
    }

    private string At(string name) => Path.Combine(folder, name);
}

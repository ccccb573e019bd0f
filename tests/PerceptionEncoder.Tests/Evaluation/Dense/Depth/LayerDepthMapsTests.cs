using PerceptionEncoder.Evaluation.Dense.Depth;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Media.Images;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Depth;

public sealed class LayerDepthMapsTests : IDisposable
{
    private const int Side = 32;
    private const double Scale = 1000;
    private readonly string root = Directory.CreateTempSubdirectory("pe-depth-").FullName;
    private readonly VisionTransformer tower;
    private readonly List<string> log = [];

    public LayerDepthMapsTests()
    {
        TorchRuntime.Initialize();
        Write("a", 16, 1);
        Write("b", 6, 2);
        File.WriteAllText(Path.Combine(root, "meta.json"), """{"a": {"depth_scale": 1000}, "b": {"depth_scale": 1000}}""");
        manual_seed(8);
        tower = new VisionTransformer(
            new VisionOptions { Width = 24, Layers = 6, Heads = 3, PoolingHeads = 2, PatchSize = 4, ImageSize = Side, OutputDim = 3 });
        tower.eval();
    }

    public void Dispose()
    {
        tower.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void Light_that_is_depth_is_learned_and_each_layer_has_the_figures_that_it_has_alone()
    {
        var sweep = Probe([0, 1]).Run(default);
        Assert.True(sweep.Layers[0].Metrics["depth_abs_rel"] < 0.25, $"{sweep.Layers[0].Metrics["depth_abs_rel"]}");
        Assert.Equal(Probe([0, 1]).Metrics, sweep.Result.Metrics.Keys);
        Assert.Equal((6, 0, 16, 0), (sweep.Samples, sweep.Unreadable, sweep.TrainSamples, sweep.TrainUnreadable));
        foreach (var layer in sweep.Layers)
        {
            Assert.Equal(Probe([layer.Layer]).Run(default).Layers[0].Metrics, layer.Metrics);
        }
    }

    [Fact]
    public void Four_layers_need_not_end_with_the_measured_one()
    {
        // Rounded down as published: up to layer 5 they are 0 to 3.
        var result = Probe([5], set => set with { LayersTogether = 4, Steps = 2 }).Run(default);
        Assert.True(double.IsFinite(result.Layers[0].Metrics["depth_rmse"]));
    }

    [Fact]
    public void A_scale_that_is_none_is_said_with_its_scene()
    {
        File.WriteAllText(Path.Combine(root, "meta.json"), """{"a": {"depth_scale": 0}, "b": {"depth_scale": 1000}}""");
        Assert.Contains(
            "the depth_scale of a is 0",
            Assert.Throws<UserErrorException>(() => Probe([0]).Run(default)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(
            Path.Combine(root, "meta.json"),
            """{"a": {"depth_scale": 1}, "b": {"depth_scale": 1000}, "a": {"depth_scale": 1000}}""");
        Probe([0], set => set with { Steps = 1 }).Run(default);
    }

    [Theory]
    [InlineData(DepthHeadKind.Linear, 4)]
    [InlineData(DepthHeadKind.Dpt, 1)]
    [InlineData(DepthHeadKind.Dpt, 4)]
    public void A_head_sees_one_layer_or_four(DepthHeadKind head, int layers)
    {
        var sheets = Path.Combine(root, "sheets");
        var result = Probe([3], set => set with { Head = head, LayersTogether = layers, Steps = 1 }, sheets).Run(default);
        Assert.True(double.IsFinite(result.Layers[0].Metrics["depth_rmse"]));
        Assert.Equal(6, Directory.GetFiles(sheets, "b-*.png").Length);
        Assert.Equal(Left(1), Left(3));

        // What stays is a parameter's: libtorch's wrapper counts a tensor that became one twice.
        long Left(int steps)
        {
            var before = LiveTensors.Count();
            Probe([3], set => set with { Head = head, LayersTogether = layers, Steps = steps }).Run(default);
            return LiveTensors.Count() - before;
        }
    }

    [Fact]
    public void Alignment_and_crop_change_what_is_scored()
    {
        var plain = Score(set => set);
        var aligned = Score(set => set with { Align = DepthAlignment.ScaleShift });
        Assert.True(aligned <= plain, $"{aligned} > {plain}");
        Assert.NotEqual(plain, Score(set => set with { EigenCrop = true }));

        double Score(Func<DepthSetOptions, DepthSetOptions> change)
            => Probe([0], set => change(set with { Steps = 20 })).Run(default).Layers[0].Metrics["depth_rmse"];
    }

    [Fact]
    public void A_wrong_scale_is_said_with_the_median()
    {
        var failure = Assert.Throws<UserErrorException>(() => Probe([0], set => set with { DepthScale = 1 }).Run(default));
        Assert.Contains("median is", failure.Message, StringComparison.Ordinal);
        Probe([0], set => set with { DepthScale = 250, Steps = 1 }).Run(default);
        Assert.Contains("median is", log[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_depths_are_counted_and_left_out()
    {
        File.Delete(Path.Combine(root, "b", "depth", "3.png"));
        var result = Probe([0], set => set with { Steps = 1 }).Run(default);
        Assert.Equal((5, 1), (result.Samples, result.Unreadable));
        Assert.Contains("b/3", Assert.Single(log), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_is_said()
    {
        Assert.Contains("no scene c", Said(set => set with { TestScenes = ["c"] }), StringComparison.Ordinal);
        Assert.Contains("layers_together", Said(set => set with { LayersTogether = 4 }), StringComparison.Ordinal);
        Assert.Contains("steps", Said(set => set with { Steps = 0 }), StringComparison.Ordinal);
        Assert.Contains("not below", Said(set => set with { Minimum = 20 }), StringComparison.Ordinal);
        File.Delete(Path.Combine(root, "meta.json"));
        Assert.Contains("--depth-scale", Said(set => set), StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_say_which_picture_has_which_depths()
    {
        File.WriteAllText(Path.Combine(root, "nyu_train.txt"), "/a/rgb/0.png /a/depth/0.png 518.8\na/rgb/1.png None 1\n");
        File.WriteAllText(Path.Combine(root, "nyu_test.txt"), "b/rgb/0.png\tb/depth/0.png\r\n");
        var found = DepthFiles.Find(Set(set => set with { DepthScale = 500 }));
        var (picture, depths) = (Path.Combine(root, "a/rgb/0.png"), Path.Combine(root, "a/depth/0.png"));
        Assert.Equal(new DepthPair(picture, depths, "a/rgb/0", 500), Assert.Single(found.Train));
        Assert.Equal("b/rgb/0", Assert.Single(found.Test).Key);
        File.WriteAllText(Path.Combine(root, "nyu_test.txt"), "b/rgb/0.png b/sync_depth_0.png\nc.png proj_depth/c.png\n");
        File.WriteAllText(Path.Combine(root, "nyu_train.txt"), "a.png sync_depth_1.png\n");
        Assert.Equal([1000.0, 256], DepthFiles.Find(Set(set => set)).Test.Select(pair => pair.Scale));
    }

    private string Said(Func<DepthSetOptions, DepthSetOptions> change)
        => Assert.Throws<UserErrorException>(() => Probe([0], change).Run(default)).Message;

    private DepthSetOptions Set(Func<DepthSetOptions, DepthSetOptions> change)
        => change(new DepthSetOptions { Name = "ramps", Data = root, Batch = 8, Bins = 32, Steps = 120, LearningRate = 1e-2 });

    private LayerDepthMaps Probe(
        IReadOnlyList<int> layers,
        Func<DepthSetOptions, DepthSetOptions>? change = null,
        string? sheets = null) => new()
    {
        Vision = tower,
        Device = CPU,
        Set = Set(change ?? (set => set)),
        Pictures = sheets,
        Layers = layers,
        Work = new LayerWork { Log = log.Add, Cache = root },
    };

    /// <summary>Two halves of even light, which is their depth; a stripe has no reading.</summary>
    private void Write(string scene, int count, int seed)
    {
        var random = new Random(seed);
        Directory.CreateDirectory(Path.Combine(root, scene, "rgb"));
        Directory.CreateDirectory(Path.Combine(root, scene, "depth"));
        for (var i = 0; i < count; i++)
        {
            var (left, right) = (random.Next(20, 230), random.Next(20, 230));
            var (light, depth) = (new byte[Side * Side], new ushort[Side * Side]);
            for (var pixel = 0; pixel < light.Length; pixel++)
            {
                var here = pixel % Side < Side / 2 ? left : right;
                light[pixel] = (byte)here;
                depth[pixel] = (ushort)(pixel % Side == 3 ? 0 : Scale * (1 + (here / 50.0)));
            }

            File.WriteAllBytes(Path.Combine(root, scene, "rgb", $"{i}.png"), NumberPng.Bytes(Side, Side, light));
            File.WriteAllBytes(Path.Combine(root, scene, "depth", $"{i}.png"), NumberPng.Words(Side, Side, depth));
        }
    }
}

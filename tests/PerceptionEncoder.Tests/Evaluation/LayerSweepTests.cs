using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tests.Evaluation.Probes;

namespace PerceptionEncoder.Tests.Evaluation;

public sealed class LayerSweepTests : IDisposable
{
    private readonly PictureSet set = new(train: 30, test: 12);
    private readonly List<LayerProgress> progress = [];
    private readonly List<string> log = [];

    public LayerSweepTests()
    {
        var options = new ClipOptions
        {
            Vision = new VisionOptions { Width = 24, Layers = 3, Heads = 3, PoolingHeads = 2, PatchSize = 4, ImageSize = 8, OutputDim = 3 },
            Text = new TextOptions { Width = 16, Layers = 1, Heads = 2, ContextLength = 10, VocabularySize = 40, OutputDim = 3 },
        };
        using var model = new ClipModel(options);
        SafetensorsWriter.Write(
            Path.Combine(set.Root, "weights.safetensors"),
            [.. model.state_dict().Select(entry => (entry.Key, entry.Value))],
            new Dictionary<string, string> { [ModelArchitecture.MetadataKey] = new ClipArchitecture(options).Write() });
    }

    private string[] Measured => [.. progress.Where(each => each.Total is not null).Select(each => each.What)];

    public void Dispose() => set.Dispose();

    [Fact]
    public void An_interrupted_sweep_goes_on_after_the_layers_and_tasks_that_it_has_finished()
    {
        Run(Config("whole"));
        Assert.Equal(6, Measured.Length);
        using (var stop = new CancellationTokenSource())
        {
            Assert.ThrowsAny<OperationCanceledException>(
                () => Run(Config("cut"), each => StopAt(each, "casts layer 1 linear", stop), stop.Token));
        }

        Assert.Contains("stopped; the same command goes on from here", log);
        File.WriteAllText(Path.Combine(At("cut"), "layers.png"), "of an older version");
        log.Clear();
        Run(Config("cut"));

        Assert.Equal(["casts layer 1 linear", "casts layer 2 knn", "casts layer 2 linear"], Measured);
        Assert.Contains("casts: going on after 3 of 6 figures of an interrupted sweep", log);
        Assert.Equal(Csv("whole"), Csv("cut"));
        Assert.Equal(
            ["layers.csv", "layers.png", "layers.svg", "tiny-casts.json"],
            Directory.GetFileSystemEntries(At("cut")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("of an older version", File.ReadAllText(Path.Combine(At("cut"), "layers.png")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(At("whole"), "layers.svg")), File.ReadAllBytes(Path.Combine(At("cut"), "layers.svg")));
    }

    [Fact]
    public void A_figure_whose_file_is_damaged_is_measured_again()
    {
        Run(Config("whole"));
        using (var stop = new CancellationTokenSource())
        {
            Assert.ThrowsAny<OperationCanceledException>(
                () => Run(Config("cut"), each => StopAt(each, "casts layer 1 linear", stop), stop.Token));
        }

        string[] kept = [.. Directory.GetFiles(Path.Combine(At("cut"), "unfinished")).Order(StringComparer.Ordinal)];
        Assert.Equal(3, kept.Length);
        File.WriteAllText(kept[0], "{\"Layer\": 0, ");
        File.WriteAllBytes(kept[1], [0xFF, 0x00, 0xC3]);
        Run(Config("cut"));
        Assert.Contains("casts: going on after 1 of 6 figures of an interrupted sweep", log);
        Assert.Equal(Csv("whole"), Csv("cut"));
    }

    [Theory]
    [InlineData("more layers", 1)]
    [InlineData("options", 2)]
    [InlineData("images", 2)]
    [InlineData("weights", 2)]
    public void Figures_of_other_options_images_or_weights_are_not_used(string changed, int measured)
    {
        var config = Config("run") with
        {
            Layers = [0],
            Sets =
            [
                Config("run").Sets[0],
                Config("run").Sets[0] with { Set = Config("run").Sets[0].Set with { Name = "later" }, Tasks = [ProbeTask.Linear] },
            ],
        };
        using (var stop = new CancellationTokenSource())
        {
            Assert.ThrowsAny<OperationCanceledException>(() => Run(config, each => StopAt(each, "later layer 0 linear", stop), stop.Token));
        }

        switch (changed)
        {
            case "more layers":
                config = config with { Layers = [0, 2], Sets = [config.Sets[0] with { Tasks = [ProbeTask.Knn, ProbeTask.Knn] }] };
                break;
            case "options":
                config = config with { Probes = config.Probes with { Seed = 3 }, Sets = [config.Sets[0]] };
                break;
            case "images":
                config = config with { Sets = [config.Sets[0]] };
                File.AppendAllBytes(Path.Combine(set.Root, "test", "0.tar"), new byte[512]);
                break;
            default:
                config = config with { Sets = [config.Sets[0]] };
                var weights = Path.Combine(set.Root, "weights.safetensors");
                var bytes = File.ReadAllBytes(weights);
                bytes[^1] ^= 1;
                File.WriteAllBytes(weights, bytes);
                break;
        }

        Run(config);
        Assert.Equal(measured, Measured.Length);
    }

    private void Run(LayerSweepConfig config, Action<LayerProgress>? report = null, CancellationToken cancellation = default)
    {
        progress.Clear();
        new LayerSweep(config, path => path).Run(log.Add, report ?? progress.Add, cancellation);
    }

    private static void StopAt(LayerProgress each, string what, CancellationTokenSource stop)
    {
        if (each.What == what)
        {
            stop.Cancel();
        }
    }

    private LayerSweepConfig Config(string name) => new()
    {
        Name = name,
        Output = set.Root,
        Models = [new SweptModel { Name = "tiny", Checkpoint = Path.Combine(set.Root, "weights.safetensors") }],
        Sets = [new SweptSet
        {
            Set = new ProbeSetOptions { Name = "casts", Data = set.Root, Batch = 16 },
            Tasks = [ProbeTask.Knn, ProbeTask.Linear],
        }],
        Probes = new ProbeOptions { Neighbors = [1, 5], L2 = [1e-2, 1e-4] },
    };

    private string At(string name) => Path.Combine(set.Root, name);

    private string Csv(string name) => File.ReadAllText(Path.Combine(At(name), "layers.csv"));
}

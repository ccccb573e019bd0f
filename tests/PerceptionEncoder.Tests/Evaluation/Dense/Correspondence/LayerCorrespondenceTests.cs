using System.Text.Json;
using PerceptionEncoder.Evaluation.Dense.Correspondence;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Correspondence;

public sealed class LayerCorrespondenceTests : IDisposable
{
    private const int Side = 32;
    private const int Patch = 4;
    private readonly string root = Directory.CreateTempSubdirectory("pe-correspondence-").FullName;
    private readonly VisionTransformer tower;
    private readonly List<string> log = [];

    public LayerCorrespondenceTests()
    {
        TorchRuntime.Initialize();
        var random = new Random(4);
        foreach (var name in new[] { "a", "b" })
        {
            var pixels = new byte[3 * Side * Side];
            random.NextBytes(pixels);
            Write($"JPEGImages/thing/{name}.png", PngEncoder.Encode(new DecodedImage(Side, Side, 3, pixels, Indexed: false)));
        }

        // A pair of a picture with itself: features can only find every point, but no nearer than to the middle of a patch.
        WritePair("same:thing", "a", "a", [[1, 1], [13, 18], [30, 31]], [[1, 1], [13, 18], [30, 31]]);
        WritePair("other:thing", "a", "b", [[5, 5], [20, 20]], [[5, 5], [20, 20]]);
        WriteList("same:thing", "other:thing");
        manual_seed(8);
        tower = new VisionTransformer(
            new VisionOptions { Width = 24, Layers = 3, Heads = 3, PoolingHeads = 2, PatchSize = Patch, ImageSize = Side, OutputDim = 3 });
        tower.eval();
    }

    public void Dispose()
    {
        tower.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void A_picture_is_found_in_itself_and_each_layer_has_the_figures_that_it_has_alone()
    {
        WriteList("same:thing");
        var sweep = Evaluator([0, 1, 2]).Run(default);
        Assert.Equal(1, sweep.Layers[0].Metrics["correspondence_pck@0.1"]);
        Assert.Equal(Evaluator([0, 1, 2]).Metrics, sweep.Result.Metrics.Keys);
        foreach (var layer in sweep.Layers)
        {
            Assert.Equal(Evaluator([layer.Layer]).Run(default).Layers[0].Metrics, layer.Metrics);
        }
    }

    [Fact]
    public void Points_that_are_null_are_no_annotation()
    {
        var path = Directory.GetFiles(Path.Combine(root, "PairAnnotation"), "other*.json", SearchOption.AllDirectories).Single();
        var text = File.ReadAllText(path);
        var start = text.IndexOf("\"src_kps\"", StringComparison.Ordinal);
        File.WriteAllText(path, text[..start] + "\"src_kps\":null,\"was\"" + text[(start + "\"src_kps\"".Length)..]);
        Assert.Contains(
            "is no annotation of a pair",
            Assert.Throws<UserErrorException>(() => Evaluator([0]).Run(default)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Points_are_found_finer_on_enlarged_features()
    {
        WriteList("same:thing");
        var set = Options with { Alphas = [0.03], Enlarge = 4 };
        Assert.Equal(1, Evaluator([0], set).Run(default).Layers[0].Metrics["correspondence_pck@0.03"]);
        Assert.NotEqual(1, Evaluator([0], set with { Enlarge = 1 }).Run(default).Layers[0].Metrics["correspondence_pck@0.03"]);
    }

    [Fact]
    public void A_pair_with_an_unreadable_picture_is_counted_and_left_out_and_memory_is_given_back()
    {
        File.WriteAllText(Path.Combine(root, "JPEGImages/thing/b.png"), "text");
        Evaluator([0]).Run(default);            // the tower keeps what it computes for a grid
        log.Clear();
        var before = LiveTensors.Count();
        var result = Evaluator([0]).Run(default);
        Assert.Equal(before, LiveTensors.Count());
        Assert.Equal((1, 1), (result.Samples, result.Unreadable));
        Assert.Contains("thing/b.png", Assert.Single(log), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_pair_becomes_a_picture_in_a_new_folder()
    {
        var folder = Path.Combine(root, "pictures");
        Evaluator([1], pictures: folder).Run(default);
        Assert.Equal(["00000-same-thing.png", "00001-other-thing.png"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        Assert.Contains(
            "is not empty",
            Assert.Throws<UserErrorException>(() => Evaluator([1], pictures: folder).Run(default)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_with_a_set_is_said_with_its_place()
    {
        WritePair("same:thing", "a", "a", [[1, 1]], [[1, 1], [2, 2]]);
        Refused("same:thing.json: has 1 key points");
        WriteList("absent:thing");
        Refused("absent:thing.json");
        WriteList();
        Refused("no pair with key points");
        Directory.Delete(Path.Combine(root, "PairAnnotation"), recursive: true);
        Refused("SPair-71k's layout");
    }

    [Fact]
    public void Key_points_are_counted_alone_and_by_pair()
    {
        var metrics = new KeyPointMetrics([0.1, 0.5]);
        metrics.Add([new(0, 0), new(9, 0), new(30, 0)], [new(0, 10), new(0, 0), new(0, 0)], 100);
        metrics.Add([new(0, 11)], [new(0, 0)], 100);
        var figures = metrics.Compute();
        Assert.Equal(2.0 / 4, figures["pck@0.1"], 1e-12);
        Assert.Equal(2.0 / 3 / 2, figures["pck_image@0.1"], 1e-12);
        Assert.Equal(1, figures["pck@0.5"]);
    }

    private CorrespondenceSetOptions Options => new() { Name = "pairs", Data = root };

    private LayerCorrespondence Evaluator(IReadOnlyList<int> layers, CorrespondenceSetOptions? set = null, string? pictures = null) => new()
    {
        Vision = tower,
        Device = CPU,
        Set = set ?? Options,
        Layers = layers,
        Work = new LayerWork { Log = log.Add, Cache = root },
        Pictures = pictures,
    };

    private void Refused(string problem)
        => Assert.Contains(
            problem,
            Assert.Throws<UserErrorException>(() => Evaluator([0]).Run(default)).Message,
            StringComparison.Ordinal);

    private void WriteList(params string[] names)
        => Write("Layout/large/test.txt", System.Text.Encoding.UTF8.GetBytes(string.Join('\n', names) + "\n"));

    private void WritePair(string name, string source, string target, double[][] from, double[][] to)
        => Write($"PairAnnotation/test/{name}.json", JsonSerializer.SerializeToUtf8Bytes(new
        {
            src_imname = $"{source}.png",
            trg_imname = $"{target}.png",
            category = "thing",
            src_imsize = new[] { Side, Side, 3 },
            trg_imsize = new[] { Side, Side, 3 },
            trg_bndbox = new[] { 0, 0, Side, Side },
            src_kps = from,
            trg_kps = to,
        }));

    private void Write(string name, byte[] bytes)
    {
        var path = Path.Combine(root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}

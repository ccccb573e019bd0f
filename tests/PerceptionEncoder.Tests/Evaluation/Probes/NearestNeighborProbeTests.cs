using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Probes;

public sealed class NearestNeighborProbeTests : IDisposable
{
    private readonly DisposeScope scope;
    private readonly string folder = Directory.CreateTempSubdirectory("pe-knn-").FullName;

    public NearestNeighborProbeTests()
    {
        TorchRuntime.Initialize();
        manual_seed(6);
        scope = NewDisposeScope();
    }

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 1)]
    public void Near_neighbours_outvote_only_so_many_far_ones(int neighbors, int winner)
    {
        // Cosines with the query: 1 (class 0), then 0.99 twice (class 1); at temperature 0.07 two votes of e^14.14 beat one of e^14.29.
        using var train = Rows("train", new float[,] { { 5, 0 }, { 0.99f, 0.1411f }, { 0.99f, -0.1411f }, { -1, 0 } });
        using var test = Rows("test", new float[,] { { 2, 0 } });
        var data = new ProbeData(train, [0, 1, 1, 2], new ProbeSplit([0, 1, 2, 3], [], [0, 1, 2, 3]), test, [winner], 3);
        var score = new NearestNeighborProbe(new ProbeOptions { Neighbors = [neighbors] }, CPU).Measure(data, default);
        Assert.Equal(1, score.Metrics["acc1"]);
    }

    [Fact]
    public void One_near_neighbour_outvotes_two_at_right_angles()
    {
        // At temperature 0.07 e^14.3 against 2; a cosine multiplied by it would give 1.07 against 2.
        using var train = Rows("train", new float[,] { { 1, 0 }, { 0, 1 }, { 0, -1 }, { -1, 0 } });
        using var test = Rows("test", new float[,] { { 3, 0 } });
        var data = new ProbeData(train, [0, 1, 1, 2], new ProbeSplit([0, 1, 2, 3], [], [0, 1, 2, 3]), test, [0], 3);
        Assert.Equal(1, new NearestNeighborProbe(new ProbeOptions { Neighbors = [3] }, CPU).Measure(data, default).Metrics["acc1"]);
    }

    [Fact]
    public void The_published_protocol_gives_every_number_of_neighbours_on_the_test_part_and_the_best_under_the_plain_names()
    {
        // One neighbour errs on the second image, three do not.
        using var train = Rows("train", new float[,] { { 1, 0 }, { 1, 0.05f }, { 1, -0.05f }, { 0, 1 } });
        using var test = Rows("test", new float[,] { { 0, 2 }, { 1, 0 } });
        var data = new ProbeData(train, [1, 0, 0, 1], new ProbeSplit([0, 1, 2], [3], [0, 1, 2, 3]), test, [1, 0], 2);
        var score = new NearestNeighborProbe(new ProbeOptions { Protocol = ProbeProtocol.Published, Neighbors = [1, 3] }, CPU)
            .Measure(data, default);
        Assert.Equal([("k", 3.0)], score.Chosen);
        Assert.Equal((1, 0.5, 1), (score.Metrics["acc1"], score.Metrics["k1_acc1"], score.Metrics["k3_acc1"]));
    }

    [Fact]
    public void The_number_of_neighbours_is_the_best_on_the_held_out_part()
    {
        // A single wrong label sits on the held-out image: one neighbour errs, three do not.
        using var train = Rows("train", new float[,] { { 1, 0 }, { 1, 0.05f }, { 1, -0.05f }, { 0, 1 }, { 1, 0 } });
        using var test = Rows("test", new float[,] { { 1, 0.01f } });
        var data = new ProbeData(train, [1, 0, 0, 1, 0], new ProbeSplit([0, 1, 2, 3], [4], [0, 1, 2, 3]), test, [0], 2);
        var score = new NearestNeighborProbe(new ProbeOptions { Neighbors = [1, 3] }, CPU).Measure(data, default);
        Assert.Equal([("k", 3.0)], score.Chosen);
        Assert.Equal(1, score.Metrics["acc1"]);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    public void Kept_rows_come_back_as_they_were_and_their_file_goes(ScalarType type)
    {
        var values = randn(7, 3, 2).to(type).to(float32);
        var path = Path.Combine(folder, "rows");
        using (var rows = new FeatureRows(path, type))
        {
            rows.Append(values.narrow(0, 0, 4));
            rows.Append(values.narrow(0, 4, 3));
            Assert.Equal(7, rows.Count);
            Assert.Equal(0, (rows.Take([6, 0, 3], CPU) - values[tensor(new long[] { 6, 0, 3 })]).abs().max().item<float>());
            Assert.Equal([7, 3, 2], rows.All().shape);
        }

        Assert.False(File.Exists(path));
    }

    private FeatureRows Rows(string name, float[,] values)
    {
        var rows = new FeatureRows(Path.Combine(folder, name), ScalarType.Float32);
        rows.Append(tensor(values));
        return rows;
    }
}

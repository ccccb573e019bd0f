using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Probes;

public sealed class LinearProbeTests : IDisposable
{
    private readonly DisposeScope scope;
    private readonly string folder = Directory.CreateTempSubdirectory("pe-linear-").FullName;

    public LinearProbeTests()
    {
        TorchRuntime.Initialize();
        scope = NewDisposeScope();
    }

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Of_penalties_that_do_equally_well_the_strongest_is_chosen_whatever_their_order()
    {
        using var train = Rows("train", new float[,] { { -1, 0 }, { -2, 1 }, { 1, 0 }, { 2, 1 }, { -1.5f, 0.5f }, { 1.5f, 0.5f } });
        using var test = Rows("test", new float[,] { { -1, 1 }, { 1, 1 } });
        var data = new ProbeData(train, [0, 0, 1, 1, 0, 1], new ProbeSplit([0, 1, 2, 3], [4, 5], [0, 1, 2, 3, 4, 5]), test, [0, 1], 2);
        var score = new LinearProbe(new ProbeOptions { L2 = [1e-2, 1e-4, 0.1, 1e-3] }, CPU).Measure(data, null, default);
        Assert.Equal([("l2", 0.1)], score.Chosen);
        Assert.Equal(1, score.Metrics["acc1"]);
    }

    [Fact]
    public void Features_are_standardised_by_the_deviation_of_these_rows_and_not_of_a_population_they_are_drawn_from()
    {
        var rows = tensor(new float[,] { { 0, 5, 1 }, { 2, 5, 3 }, { 4, 5, 8 } });
        var standardization = Standardization.Of(rows);

        Assert.Equal([2f, 5, 4], standardization.Mean.data<float>().ToArray());
        Assert.Equal(1 / Math.Sqrt(8 / 3.0), standardization.Scale[0].ToDouble(), 1e-6);     // n, not n - 1: 1/2 would be that
        Assert.Equal(1, standardization.Scale[1].ToDouble());                                // never changes
        var applied = standardization.Apply(rows.clone());
        Assert.True((applied.square().mean([0]) - tensor(new float[] { 1, 0, 1 })).abs().max().ToDouble() < 1e-6);
    }

    private FeatureRows Rows(string name, float[,] values)
    {
        var rows = new FeatureRows(Path.Combine(folder, name), ScalarType.Float32);
        rows.Append(tensor(values));
        return rows;
    }
}

using PerceptionEncoder.Evaluation.Dense.Depth;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Depth;

public class DepthMetricsTests
{
    public DepthMetricsTests() => TorchRuntime.Initialize();

    [Fact]
    public void Images_count_alike_and_those_without_a_reading_do_not()
    {
        using var scope = NewDisposeScope();
        var metrics = new DepthMetrics(new DepthProtocol());
        metrics.Add(tensor(new float[,] { { 2, 2, 2, 2 } }), tensor(new float[,] { { 3, 3, 3, 3 } }));
        metrics.Add(tensor(new float[,] { { 0, 0, 0, 4 } }), tensor(new float[,] { { 9, 9, 9, 4 } }));
        Assert.Null(metrics.Add(zeros(1, 4), ones(1, 4)));
        Assert.Equal(1, metrics.Empty);
        Assert.Equal(0.5, metrics.Compute().RootMeanSquare, 1e-12);
        Assert.Equal(0.25, metrics.Compute().Relative, 1e-12);
    }

    [Theory]
    [InlineData(DepthAlignment.Median, 2.0, 0.0)]
    [InlineData(DepthAlignment.ScaleShift, 0.5, 0.25)]
    public void An_answer_that_is_right_but_for_what_is_aligned_has_no_error(DepthAlignment alignment, double scale, double shift)
    {
        using var scope = NewDisposeScope();
        var truth = rand(5, 7).mul(3).add(1);
        var metrics = new DepthMetrics(new DepthProtocol { Alignment = alignment });
        metrics.Add(truth, truth.mul(scale).add(shift));
        Assert.Equal(0, metrics.Compute().RootMeanSquare, 1e-6);
    }

    [Fact]
    public void Layers_of_a_head_of_four_levels_end_with_the_last_where_they_divide()
    {
        Assert.Equal([4, 11, 17, 23], DepthLayers.Four(24));
        Assert.Equal([2, 5, 8, 11], DepthLayers.Four(12));
        Assert.Equal([0, 1, 2, 3], DepthLayers.Four(4));
    }

    [Fact]
    public void Few_readings_make_no_loss_that_is_no_number()
    {
        using var scope = NewDisposeScope();
        var valid = zeros([1, 1, 8, 8], @bool);
        valid[0, 0, 1, 1] = true;
        valid[0, 0, 1, 3] = true;
        var loss = DepthLosses.Slopes(rand(1, 1, 8, 8) + 1, rand(1, 1, 8, 8) + 1, valid, logarithmic: true);
        Assert.True(float.IsFinite(loss.item<float>()));
    }
}

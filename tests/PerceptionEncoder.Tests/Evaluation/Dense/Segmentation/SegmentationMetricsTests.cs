using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Dense.Segmentation;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Segmentation;

public sealed class SegmentationMetricsTests : IDisposable
{
    private static readonly SegmentationSetOptions Set = new() { Name = "set", Data = "none", Classes = 3, Unlabelled = 11 };

    private readonly DisposeScope scope;

    public SegmentationMetricsTests()
    {
        TorchRuntime.Initialize();
        scope = NewDisposeScope();
    }

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Intersections_and_unions_are_summed_over_all_images_and_unlabelled_pixels_do_not_count()
    {
        var metrics = new SegmentationMetrics(3, 11);
        metrics.Add(tensor(new long[,] { { 0, 0 }, { 1, 1 } }), new SegmentationMask(2, 2, [0, 1, 1, 11]));
        metrics.Add(tensor(new long[,] { { 1, 0 } }), new SegmentationMask(1, 2, [1, 0]));

        var result = metrics.Compute();

        // Class 0: 2 of 3; class 1: 2 of 3; class 2 never occurs.
        Assert.Equal(2.0 / 3, result["miou"], 1e-12);
        Assert.Equal(4.0 / 5, result["aacc"], 1e-12);
    }

    [Fact]
    public void A_class_that_is_answered_and_never_true_counts_with_nothing()
    {
        var metrics = new SegmentationMetrics(3, 11);
        metrics.Add(tensor(new long[,] { { 0, 0, 0, 1 } }), new SegmentationMask(1, 4, [0, 0, 0, 0]));

        // Class 0: 3 of 4; class 1: 0 of 1; class 2 is in neither.
        Assert.Equal((3.0 / 4) / 2, metrics.Compute()["miou"], 1e-12);
    }

    [Fact]
    public void A_cell_has_each_class_by_its_share_of_the_area()
    {
        var shares = new SegmentationMask(2, 4, [0, 1, 2, 2, 1, 1, 11, 2]).CellShares(1, 3, 11);
        Assert.Equal([1, 3], shares.shape);
        Assert.Equal([1 / 8f, 3 / 8f, 3 / 8f], shares.data<float>().ToArray());
        Assert.Equal(
            [0f, 1, 0],
            new SegmentationMask(4, 4, [.. Enumerable.Range(0, 16).Select(i => (byte)(i / 8))])
                .CellShares(2, 3, 11)[2].data<float>().ToArray());
    }

    [Fact]
    public void A_mask_with_a_class_beyond_the_sets_is_a_bad_sample()
    {
        var bad = Assert.Throws<BadSampleException>(() => Of([0, 3]));
        Assert.Contains("index 3 at x 1, y 0", bad.Message, StringComparison.Ordinal);
        Assert.Contains("16 bits", Assert.Throws<BadSampleException>(() => Of([0, 300])).Reason, StringComparison.Ordinal);
        Assert.Equal([2, 11], Of([2, 11]).Classes);
    }

    private static SegmentationMask Of(ushort[] row)
        => SegmentationMask.Of(new NumberImage(row.Length, 1, row, Wide: true), Set, SegmentationLabels.Same);
}

using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.ZeroShot;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Harness;

public class ClassificationMetricsTests
{
    public ClassificationMetricsTests() => TorchRuntime.Initialize();

    [Fact]
    public void Recall_is_averaged_over_the_classes_that_occur()
    {
        using var scope = NewDisposeScope();
        var metrics = new ClassificationMetrics(6);
        metrics.Add(eye(6).index_select(0, tensor(new long[] { 0, 0, 0, 1 })), [0, 0, 0, 2]); // class 0 always right, class 2 taken for 1

        var results = metrics.Compute();

        Assert.Equal(0.75, results["acc1"]);
        Assert.Equal(0.5, results["mean_per_class_recall"]);
    }

    [Fact]
    public void Top_five_counts_a_label_in_fifth_place_and_not_in_sixth()
    {
        using var scope = NewDisposeScope();
        var metrics = new ClassificationMetrics(6);
        var descending = arange(6, 0, -1, float32).unsqueeze(0);
        metrics.Add(descending.expand(2, 6), [4, 5]);

        Assert.Equal(0.5, metrics.Compute()["acc5"]);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Top_five_is_absent_with_fewer_than_five_classes(int classes, bool present)
    {
        using var scope = NewDisposeScope();
        var metrics = new ClassificationMetrics(classes);
        metrics.Add(zeros(1, classes), [0]);

        Assert.Equal(present, metrics.Compute().ContainsKey("acc5"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void A_label_that_is_no_class_is_refused(int label)
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => new ClassificationMetrics(3).Add(zeros(1, 3), [label]));
    }

    [Fact]
    public void Average_precision_of_a_class_without_positives_is_zero()
    {
        using var scope = NewDisposeScope();
        var scores = tensor(new float[,] { { 0.9f, 0.1f }, { 0.2f, 0.8f }, { 0.5f, 0.3f } });
        var targets = tensor(new long[,] { { 1, 0 }, { 1, 0 }, { 0, 0 } });

        Assert.Equal([(1.0 + (2.0 / 3)) / 2, 0], MultilabelMetrics.AveragePrecision(scores, targets).data<double>().ToArray());
    }
}

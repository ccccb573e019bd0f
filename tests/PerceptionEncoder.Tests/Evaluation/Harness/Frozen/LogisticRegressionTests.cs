using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Harness.Frozen;

public sealed class LogisticRegressionTests : IDisposable
{
    private readonly DisposeScope scope;
    private readonly Tensor features;
    private readonly Tensor labels;

    public LogisticRegressionTests()
    {
        TorchRuntime.Initialize();
        scope = NewDisposeScope();
        manual_seed(11);
        features = randn(60, 5);
        labels = randint(0, 3, 60, int64);
    }

    public void Dispose() => scope.Dispose();

    [Fact]
    public void The_gradient_is_that_of_autograd()
    {
        var classifier = randn(6, 3).requires_grad_();
        var weights = classifier.narrow(0, 0, 5);
        var loss = nn.functional.cross_entropy(matmul(features, weights) + classifier[5], labels) + (0.5 * 0.3 * weights.square().sum());
        loss.backward();

        var (value, gradient) = new LogisticRegression(features, labels, 3).Objective(classifier.detach(), 0.3);

        Assert.Equal(loss.ToDouble(), value, 1e-6);
        Assert.True((gradient - classifier.grad!).abs().max().ToDouble() < 1e-6);
    }

    [Fact]
    public void Shares_of_classes_are_labels_that_count_in_parts()
    {
        var classifier = randn(6, 3);
        var hard = new LogisticRegression(features, labels, 3).Objective(classifier, 0.1);
        var soft = new LogisticRegression(
            cat([features, features]),
            cat([0.25 * nn.functional.one_hot(labels, 3).to(float32), zeros(60, 3)]),
            3).Objective(classifier, 0.1);

        Assert.Equal(hard.Value, soft.Value, 1e-6);
        Assert.True((hard.Gradient - soft.Gradient).abs().max().ToDouble() < 1e-6);
    }

    [Fact]
    public void At_the_result_the_gradient_is_zero_and_the_start_does_not_matter()
    {
        var regression = new LogisticRegression(features, labels, 3);
        var fromZero = regression.Fit(1e-2, null, default);
        var fromElsewhere = regression.Fit(1e-2, randn(6, 3), default);

        Assert.True(regression.Objective(fromZero, 1e-2).Gradient.abs().max().ToDouble() < 2e-5);
        Assert.True(
            (LogisticRegression.Scores(features, fromZero).softmax(1) - LogisticRegression.Scores(features, fromElsewhere).softmax(1))
                .abs()
                .max()
                .ToDouble() < 1e-3);
    }

    [Fact]
    public void Without_any_signal_the_bias_is_the_logarithm_of_the_shares()
    {
        // Closed form: with features of zero the classifier can only say how frequent classes are.
        var counts = tensor(new long[] { 0, 0, 0, 1, 1, 2 });
        var classifier = new LogisticRegression(zeros(6, 2), counts, 3).Fit(1, null, default);
        var probabilities = LogisticRegression.Scores(zeros(1, 2), classifier).softmax(1).data<float>().ToArray();

        Assert.Equal(1.0 / 2, probabilities[0], 1e-4);
        Assert.Equal(1.0 / 3, probabilities[1], 1e-4);
        Assert.Equal(1.0 / 6, probabilities[2], 1e-4);
    }
}

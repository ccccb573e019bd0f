using PerceptionEncoder.Losses;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Tests.Losses;

public class ContrastiveLossTests
{
    public ContrastiveLossTests() => TorchRuntime.Initialize();

    [Fact]
    public void Features_that_tell_nothing_apart_cost_the_logarithm_of_the_batch()
    {
        using var scope = NewDisposeScope();
        var same = functional.normalize(ones(7, 3), dim: -1);
        Assert.Equal(Math.Log(7), ContrastiveLoss.Symmetric(same, same, tensor(50f)).item<float>(), 1e-5);
    }

    [Fact]
    public void Narrow_features_are_compared_in_float32()
    {
        using var scope = NewDisposeScope();
        var (image, text) =
            (functional.normalize(randn(6, 8), dim: -1).to(bfloat16), functional.normalize(randn(6, 8), dim: -1).to(bfloat16));
        var loss = ContrastiveLoss.Symmetric(image, text, tensor(10f));
        Assert.Equal(ScalarType.Float32, loss.dtype);
        Assert.Equal(ContrastiveLoss.Symmetric(image.to(float32), text.to(float32), tensor(10f)).item<float>(), loss.item<float>());
    }

    [Fact]
    public void The_mean_over_ranks_is_the_loss_of_the_whole_batch()
    {
        using var scope = NewDisposeScope();
        var (image, text, scale) = (functional.normalize(randn(9, 5), dim: -1), functional.normalize(randn(9, 5), dim: -1), tensor(14f));
        var ranks = Enumerable.Range(0, 3).Average(
            r => ContrastiveLoss.Symmetric(image.narrow(0, 3 * r, 3), text.narrow(0, 3 * r, 3), image, text, 3 * r, scale).item<float>());
        Assert.Equal(ContrastiveLoss.Symmetric(image, text, scale).item<float>(), ranks, 1e-6);
    }

    [Fact]
    public void Only_the_loss_outlives_the_call()
    {
        using var scope = NewDisposeScope();
        var (image, text, scale) = (randn(4, 3), randn(4, 3), tensor(10f));
        var before = LiveTensors.Count();
        ContrastiveLoss.Symmetric(image, text, scale);
        Assert.Equal(before + 1, Tensor.TotalCount);
    }
}

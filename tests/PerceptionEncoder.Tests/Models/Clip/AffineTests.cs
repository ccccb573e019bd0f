using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Clip;

public sealed class AffineTests
{
    [Fact]
    public void Flat_rows_give_the_products_and_gradients_of_whole_tokens()
    {
        TorchRuntime.Initialize();
        manual_seed(4);
        using var scope = NewDisposeScope();
        var (input, weight, bias, gradient) = (randn(2, 9, 48), randn(32, 48), randn(32), randn(2, 9, 32));
        var (whole, flat) = (Pass(false), Pass(true));
        Assert.All(whole.Zip(flat), pair => Assert.True(pair.First.allclose(pair.Second, 1e-5, 1e-5)));
        Assert.Equal([2, 9, 32], flat[0].shape);
        Assert.Equal([3, 32], Affine.Apply(randn(3, 48), weight, bias, flat: true).shape);
        Assert.Equal([48, 9, 32], Affine.Apply(randn(48, 48, 9).transpose(1, 2), weight, bias, flat: true).shape);

        Tensor[] Pass(bool flat)
        {
            var leaves = new[] { input, weight, bias }.Select(tensor => tensor.clone().requires_grad_()).ToArray();
            var output = Affine.Apply(leaves[0], leaves[1], leaves[2], flat);
            output.backward([gradient]);
            return [output.detach(), .. leaves.Select(leaf => leaf.grad!)];
        }
    }
}

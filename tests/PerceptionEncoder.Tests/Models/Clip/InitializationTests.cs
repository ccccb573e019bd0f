using PerceptionEncoder.Models.Common;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Clip;

public class InitializationTests
{
    [Fact]
    public void A_linear_layer_is_drawn_and_computes_as_torchs_own_to_the_last_bit()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        using var torchs = nn.Linear(24, 10);
        manual_seed(7);
        using var own = new LinearLayer(24, 10);
        Assert.Equal(torchs.weight.data<float>().ToArray(), own.Weight.data<float>().ToArray());
        Assert.Equal(torchs.bias!.data<float>().ToArray(), own.Bias.data<float>().ToArray());

        var input = randn(3, 24);
        Assert.Equal(torchs.call(input).data<float>().ToArray(), own.call(input).data<float>().ToArray());
        Assert.Equal(["weight", "bias"], own.state_dict().Keys);
    }

    [Fact]
    public void A_norm_begins_as_torchs_own()
    {
        using var scope = NewDisposeScope();
        using var norm = Initialization.LayerNorm(6);
        using var torchs = nn.LayerNorm(6);
        Assert.Equal(torchs.state_dict().Keys, norm.state_dict().Keys);
        var input = randn(4, 6);
        Assert.Equal(torchs.call(input).data<float>().ToArray(), norm.call(input).data<float>().ToArray());
        Assert.All(norm.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void A_parameter_takes_a_gradient_and_is_counted_once()
    {
        var before = LiveTensors.Count();
        var parameter = Initialization.Constant(3, 2, 4);
        Assert.Equal(before + 1, Tensor.TotalCount);
        using (NewDisposeScope())
        {
            (parameter * parameter).sum().backward();
            Assert.Equal(6, parameter.grad!.mean().item<float>());
            Assert.Equal([2, 4], parameter.shape);
            Assert.True(parameter.is_leaf);
        }

        parameter.Dispose();
        Assert.Equal(before, LiveTensors.Count());
    }
}

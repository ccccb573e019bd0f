using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Layers;

/// <summary>Stochastic depth: in training a residual branch is left out for a random share of the samples, and scaled up for the others.</summary>
internal sealed class DropPath : nn.Module<Tensor, Tensor>
{
    private readonly double rate;

    public DropPath(double rate)
        : base(nameof(DropPath))
    {
        this.rate = rate;
    }

    /// <summary>branch * Bernoulli(1 - rate) / (1 - rate), one draw a sample; [B, ...].</summary>
    public override Tensor forward(Tensor branch)
    {
        if (!training || rate == 0)
        {
            return branch.alias();
        }

        using var scope = NewDisposeScope();
        var shape = new long[branch.dim()];
        Array.Fill(shape, 1);
        shape[0] = branch.shape[0];
        var kept = rand(shape, branch.dtype, branch.device).ge(rate).to(branch.dtype).div_(1 - rate);
        return (branch * kept).MoveToOuterDisposeScope();
    }
}

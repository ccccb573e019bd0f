using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>
/// Stochastic depth: in training a residual branch is left out for a random share of the samples, and scaled up for the others.
/// </summary>
internal sealed class DropPath : nn.Module<Tensor, Tensor>
{
    private readonly double rate;

    public DropPath(double rate)
        : base(nameof(DropPath))
    {
        this.rate = rate;
    }

    /// <summary>Whether paths are dropped now.</summary>
    public bool IsActive => training && rate > 0;

    /// <summary>branch * Bernoulli(1 - rate) / (1 - rate), one draw a sample; [B, ...].</summary>
    public override Tensor forward(Tensor branch)
    {
        if (!IsActive)
        {
            return branch.alias();
        }

        using var scope = NewDisposeScope();
        return (branch * Draw(branch).to(branch.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>0 or 1 / (1 - rate) for each sample.</summary>
    /// <param name="branch">[B, ...].</param>
    /// <returns>float32 [B, 1, ...] with as many dimensions.</returns>
    public Tensor Draw(Tensor branch)
    {
        using var scope = NewDisposeScope();
        var shape = new long[branch.dim()];
        Array.Fill(shape, 1);
        shape[0] = branch.shape[0];
        var kept = Randomness.Uniform(branch.device, shape).ge(Scalars.Of(rate)).to(float32);
        return kept.div_(Scalars.Of(1 - rate)).MoveToOuterDisposeScope();
    }
}

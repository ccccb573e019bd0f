namespace PerceptionEncoder.Optimization;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101).</summary>
public sealed class AdamW : Optimizer
{
    /// <summary>Of all parameters.</summary>
    public AdamW(IReadOnlyList<ParameterGroup> groups, OptimizerOptions options)
        : this(groups, options, shard: null)
    {
    }

    internal AdamW(IReadOnlyList<ParameterGroup> groups, OptimizerOptions options, OptimizerShard? shard)
        : base(groups, options, shard)
    {
    }

    private protected override double DefaultEps => 1e-8;

    private protected override AdamRule Refine(AdamRule adam, double weightDecay) => adam with { Keep = 1 - (adam.Rate * weightDecay) };
}

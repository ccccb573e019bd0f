namespace PerceptionEncoder.Optimization;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101).</summary>
public sealed class AdamW(IReadOnlyList<ParameterGroup> groups, OptimizerOptions options) : Optimizer(groups, options)
{
    private protected override double DefaultEps => 1e-8;

    private protected override AdamRule Refine(AdamRule adam, double weightDecay) => adam with { Keep = 1 - (adam.Rate * weightDecay) };
}

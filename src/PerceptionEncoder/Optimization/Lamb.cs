namespace PerceptionEncoder.Optimization;

/// <summary>
/// LAMB (You et al., arXiv 1904.00962): Adam's direction plus decay, scaled so that each tensor moves by the learning rate times its own
/// norm. A parameter without decay moves as Adam would, unless <see cref="OptimizerOptions.AlwaysAdapt"/>.
/// </summary>
public sealed class Lamb : Optimizer
{
    /// <summary>Of all parameters.</summary>
    public Lamb(IReadOnlyList<ParameterGroup> groups, OptimizerOptions options)
        : this(groups, options, shard: null)
    {
    }

    internal Lamb(IReadOnlyList<ParameterGroup> groups, OptimizerOptions options, OptimizerShard? shard)
        : base(groups, options, shard)
    {
    }

    private protected override double DefaultEps => 1e-6;

    private protected override AdamRule Refine(AdamRule adam, double weightDecay) => adam with
    {
        Keep = Options.DecoupledDecay ? 1 - (adam.Rate * weightDecay) : 1,
        CoupledDecay = Options.DecoupledDecay ? 0 : weightDecay,
        Adapt = weightDecay != 0 || Options.AlwaysAdapt,
        TrustClip = Options.TrustClip,
    };
}

using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using TorchSharp.Modules;

namespace PerceptionEncoder.Optimization;

/// <summary>The optimiser of a run. Defaults are those of pretraining [T18].</summary>
public sealed record OptimizerOptions
{
    /// <summary>LAMB in pretraining.</summary>
    public OptimizerKind Type { get; init; } = OptimizerKind.Lamb;

    /// <summary>Peak learning rate. 2e-3 in pretraining [T18], 1e-6 in video finetuning [T19] and distillation [T20].</summary>
    [Range(0, 1e3)]
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Decay of the first and second moment. (0.9, 0.95).</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public Interval Betas { get; init; } = new(0.9, 0.95);

    /// <summary>
    /// Added to the root of the second moment after bias correction; null for 1e-6 with LAMB (inferred) and 1e-8 with AdamW. Above 0, or a
    /// weight that never had a gradient would divide by zero.
    /// </summary>
    [Range(1e-30, 1)]
    public double? Eps { get; init; }

    /// <summary>0.05 in pretraining.</summary>
    [Range(0, 10)]
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Which parameters decay.</summary>
    public DecayRule Decay { get; init; } = DecayRule.Matrices;

    /// <summary>Global gradient norm above which all gradients are scaled down; null for no clipping (inferred for LAMB).</summary>
    [Range(1e-12, 1e12)]
    public double? ClipGradNorm { get; init; }

    /// <summary>Correct the moments' bias toward zero in early steps.</summary>
    public bool BiasCorrection { get; init; } = true;

    /// <summary>LAMB: no trust ratio above 1.</summary>
    public bool TrustClip { get; init; }

    /// <summary>LAMB: a trust ratio for parameters without decay too.</summary>
    public bool AlwaysAdapt { get; init; }

    /// <summary>LAMB: decay the weights apart from the update, as AdamW does.</summary>
    public bool DecoupledDecay { get; init; }

    /// <summary>
    /// Layer-wise rates: a parameter so many layers below the top of its tower learns at the rate times this to that power, so that early
    /// layers, which hold the more general features, move less in finetuning. 1 gives all the same rate.
    /// </summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double LayerDecay { get; init; } = 1;

    /// <summary>Makes the optimiser for some parameters, in groups by <see cref="Decay"/>.</summary>
    /// <param name="parameters">By state-dict name.</param>
    /// <param name="layersFromTop">Of a parameter by name, for <see cref="LayerDecay"/>; null where that is 1.</param>
    public Optimizer Create(IEnumerable<(string Name, Parameter Parameter)> parameters, Func<string, int>? layersFromTop = null)
        => Create(parameters, layersFromTop, shard: null);

    /// <summary>The same for this rank's part of the parameters.</summary>
    internal Optimizer Create(
        IEnumerable<(string Name, Parameter Parameter)> parameters,
        Func<string, int>? layersFromTop,
        OptimizerShard? shard,
        Func<string, double>? rateShare = null)
    {
        var groups = ParameterGroup.Split(
            parameters,
            Decay,
            WeightDecay,
            layersFromTop is null && rateShare is null
                ? null
                : name => Math.Pow(LayerDecay, layersFromTop?.Invoke(name) ?? 0) * (rateShare?.Invoke(name) ?? 1));
        return Type switch
        {
            OptimizerKind.Lamb => new Lamb(groups, this, shard),
            _ => new AdamW(groups, this, shard),
        };
    }
}

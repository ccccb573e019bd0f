using PerceptionEncoder.Objectives;

namespace PerceptionEncoder.Recipes;

/// <summary>Robust image pretraining [2.1, Tab. 18].</summary>
public sealed record PretrainConfig : ContrastiveTrainingConfig
{
    /// <summary>The defaults of Tab. 18: mask regularisation, beside those that each section has anyway.</summary>
    public PretrainConfig() => Regularization = new RegularizationOptions { Mask = new MaskOptions() };
}

using PerceptionEncoder.Objectives;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Recipes;

/// <summary>Robust image pretraining [2.1, Tab. 18].</summary>
public sealed record PretrainConfig : StagedTrainingConfig
{
    /// <summary>The defaults of Tab. 18: mask regularisation, beside those that each section has anyway.</summary>
    public PretrainConfig() => Regularization = new RegularizationOptions { Mask = new MaskOptions() };

    /// <inheritdoc/>
    public override TrainingPlan Plan() => TrainingPlan.Of(Model, Tokenizer.Context, Regularization.Mask, StagePlan.Lay(Stages));
}

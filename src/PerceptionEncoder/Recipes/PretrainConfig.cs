using PerceptionEncoder.Training;

namespace PerceptionEncoder.Recipes;

/// <summary>Robust image pretraining [2.1, Tab. 18].</summary>
public sealed record PretrainConfig : StagedTrainingConfig
{
    /// <inheritdoc/>
    public override TrainingPlan Plan() => TrainingPlan.Of(Model, Tokenizer.Context, Regularization.Mask, StagePlan.Lay(Stages));
}

using PerceptionEncoder.Optimization;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Recipes;

/// <summary>Distillation of a large model into a small one [2.4, C.3, Tab. 20].</summary>
public sealed record DistillConfig : StagedTrainingConfig
{
    /// <summary>The defaults of Tab. 20: no augmentation, a rate of 1e-6, no mask regularisation.</summary>
    public DistillConfig()
    {
        Augmentation = null;
        Optimizer = new OptimizerOptions { LearningRate = 1e-6 };
    }

    /// <summary>Who is learned from.</summary>
    public required TeacherOptions Teacher { get; init; }

    /// <inheritdoc/>
    public override TrainingPlan Plan() => TrainingPlan.Of(Model, Tokenizer.Context, mask: null, StagePlan.Lay(Stages));

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Problem)> Problems()
    {
        foreach (var problem in base.Problems())
        {
            yield return problem;
        }

        if (Regularization.Mask is not null)
        {
            yield return ("regularization.mask", "is a part of pretraining, not of distillation: leave it out");
        }
    }
}

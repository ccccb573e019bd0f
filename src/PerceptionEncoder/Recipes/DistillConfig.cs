using PerceptionEncoder.Inference;
using PerceptionEncoder.Models;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Recipes;

/// <summary>Distillation of a large model into a small one [2.4, C.3, Tab. 20].</summary>
public sealed record DistillConfig : ContrastiveTrainingConfig
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
    protected override (double Rate, string Source) PublishedRate => Init is null ? base.PublishedRate : (1e-6, "Tab. 20");

    /// <inheritdoc/>
    public override IEnumerable<(string Key, Action Look)> Inputs(bool starts)
    {
        foreach (var input in base.Inputs(starts))
        {
            yield return input;
        }

        yield return ("teacher.checkpoint", () =>
        {
            using var teacher = ModelWeights.Open(Teacher.Checkpoint);
            var text = teacher.ClipArchitecture().Text!;
            teacher.CheckTensors();
            TokenizerLocation.Load(teacher.Path, Tokenizer.Vocabulary, text.VocabularySize);
        });
        if (Teacher.Cache is { } cache)
        {
            yield return ("teacher.cache", () => RunReadiness.CheckWritable(Path.GetFullPath(cache)));
        }
    }

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

using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Recipes;

/// <summary>What every recipe that trains both towers in stages has in its config: one YAML file is one run.</summary>
public abstract record StagedTrainingConfig
{
    /// <summary>Name, place and seed.</summary>
    public required RunOptions Run { get; init; }

    /// <summary>Both towers. The position grid is that of each stage's resolution.</summary>
    public required ModelOptions Model { get; init; }

    /// <summary>Checkpoint of the same architecture to start from: a run folder, file or address; null for fresh weights.</summary>
    public string? Init { get; init; }

    /// <summary>How captions become tokens; sets the text tower's vocabulary and context.</summary>
    public required TokenizerOptions Tokenizer { get; init; }

    /// <summary>Training shards.</summary>
    public required DataOptions Data { get; init; }

    /// <summary>Augmentation of training images; null trains on squash-resized images.</summary>
    public AugmentationOptions? Augmentation { get; init; } = new();

    /// <summary>Stage by stage, end to end.</summary>
    [MinLength(1, ErrorMessage = "give at least one stage")]
    public required IReadOnlyList<StageOptions> Stages { get; init; }

    /// <summary>The grid at which absolute positions are learned in all stages.</summary>
    public PositionGrid Positions { get; init; } = PositionGrid.Stage;

    /// <summary>What stays as it is.</summary>
    public FreezeOptions Freeze { get; init; } = new();

    /// <summary>LAMB by default, at the rate of the recipe's table.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>Warm-up and decay of the learning rate, over all stages.</summary>
    public ScheduleOptions Schedule { get; init; } = new();

    /// <summary>Moving average of the weights; null for none.</summary>
    public EmaOptions? Ema { get; init; }

    /// <summary>Caps and noise that keep training robust.</summary>
    public RegularizationOptions Regularization { get; init; } = new();

    /// <summary>What trades time for memory.</summary>
    public MemoryOptions Memory { get; init; } = new();

    /// <summary>Arithmetic of matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>What is measured during training.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>When checkpoints are written and which stay.</summary>
    public CheckpointOptions Checkpoint { get; init; } = new();

    /// <summary>Device, threads and matmul backend.</summary>
    public ComputeOptions Compute { get; init; } = new();

    /// <summary>Whether the recipe trains on clips.</summary>
    protected virtual bool TakesClips => false;

    /// <summary>Both towers for one stage of training.</summary>
    /// <param name="resolution">Side of the stage's square input, in pixels.</param>
    /// <param name="vocabularySize">Ids of the tokenizer.</param>
    public ClipOptions ModelAt(int resolution, int vocabularySize) => new()
    {
        Vision = Model.Vision with
        {
            ImageSize = resolution,
            PositionsSize = Positions == PositionGrid.Final && Stages[^1].Resolution is var final && final != resolution ? final : null,
            DropPath = Regularization.DropPath,
            PatchDropout = Regularization.PatchDropout,
        },
        Text = Model.Text with { VocabularySize = vocabularySize, ContextLength = Tokenizer.Context },
    };

    /// <summary>What the run will cost.</summary>
    public abstract TrainingPlan Plan();

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public virtual IEnumerable<(string Key, string Problem)> Problems()
    {
        for (var i = 0; i < Stages.Count; i++)
        {
            if (Stages[i].Resolution < Model.Vision.PatchSize)
            {
                yield return ($"stages[{i}].resolution", $"is smaller than a patch of {Model.Vision.PatchSize} pixels");
            }

            if (Stages[i].Media is { } media && Data.Train.All(source => source.Media != media))
            {
                yield return ($"stages[{i}].media", $"asks for sources of media {ConfigYaml.Spell(media)}, and data.train has none");
            }
        }

        foreach (var (i, _) in Data.Train.Index().Where(source => source.Item.Media == SampleMedia.Video && !TakesClips))
        {
            yield return ($"data.train[{i}].media", "is video, and this recipe trains on images; pe finetune-video takes clips");
        }

        if (Stages.SkipWhile(stage => stage.CooldownRate is not null).SkipWhile(stage => stage.CooldownRate is null).Any(stage => stage.CooldownRate is null))
        {
            yield return ("stages", "cooldown stages come first or last: the run's schedule spans all others");
        }

        if (Checkpoint.Best is { } best && !Evaluation.Sets.Any(set => set.Name == best.Split('/')[0]))
        {
            yield return ("checkpoint.best", $"names {best}, but evaluation.sets has no set of that name");
        }

        if (Model.Vision.OutputDim != Model.Text.OutputDim)
        {
            yield return ("model", $"vision.output_dim {Model.Vision.OutputDim} and text.output_dim {Model.Text.OutputDim} must be equal");
        }
    }

    /// <summary>What the run will read in any of its stages: the key that names it, and a look that fails with what is wrong.</summary>
    /// <param name="starts">The run has no checkpoint yet, so it needs its first weights.</param>
    internal virtual IEnumerable<(string Key, Action Look)> Inputs(bool starts)
    {
        foreach (var (i, source) in Data.Train.Index())
        {
            yield return ($"data.train[{i}]", () => ShardOrder.Check(source));
        }

        var vocabularySize = Model.Text.VocabularySize;
        yield return ("tokenizer.vocabulary", () => vocabularySize = LoadTokenizer().VocabularySize);
        foreach (var (i, set) in Evaluation.Sets.Index())
        {
            IReadOnlyList<string> metrics = [];
            yield return ($"evaluation.sets[{i}]", () => metrics = EvaluationSetCheck.Demand(set));

            // Where the set itself is not there, that is said already.
            if (Checkpoint.Best?.Split('/', 2) is [var named, var metric] && named == set.Name && metrics.Count > 0 && !metrics.Contains(metric))
            {
                yield return ("checkpoint.best", () => throw new UserErrorException($"{Checkpoint.Best} is not measured; {set.Name} has {string.Join(", ", metrics)}."));
            }
        }

        if (Init is { } path && starts)
        {
            yield return ("init", () =>
            {
                using var weights = Models.Clip.ModelWeights.Open(path);
                weights.CheckFits(ModelAt(Stages[0].Resolution, vocabularySize));
            });
        }
    }

    /// <summary>The tokenizer of the text tower.</summary>
    /// <exception cref="UserErrorException">It is not named, missing or damaged.</exception>
    internal ClipTokenizer LoadTokenizer()
        => ClipTokenizer.Load(Tokenizer.Vocabulary ?? throw new UserErrorException("name a vocabulary file or folder as tokenizer.vocabulary; pe tokenizer train makes one."));
}

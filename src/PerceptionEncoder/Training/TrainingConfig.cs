using System.Globalization;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Media;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training.Plans;

namespace PerceptionEncoder.Training;

/// <summary>What every recipe that trains in stages has in its config, whatever its model: one YAML file is one run.</summary>
public abstract record TrainingConfig
{
    /// <summary>Small models on small data take rates up to hundreds of times those of the tables.</summary>
    private const double FarFromTable = 1000;

    /// <summary>Name, place and seed.</summary>
    public required RunOptions Run { get; init; }

    /// <summary>Checkpoint of the same architecture to start from: a run folder, file or address; null for fresh weights.</summary>
    public string? Init { get; init; }

    /// <summary>Training shards.</summary>
    public required DataOptions Data { get; init; }

    /// <summary>The stages of the recipe's own kind, end to end.</summary>
    public abstract IReadOnlyList<StageOptions> StageList { get; }

    /// <summary>LAMB by default, at the rate of the recipe's table.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>Warm-up and decay of the learning rate, over all stages.</summary>
    public ScheduleOptions Schedule { get; init; } = new();

    /// <summary>Moving average of the weights; null for none.</summary>
    public EmaOptions? Ema { get; init; }

    /// <summary>What trades time for memory.</summary>
    public MemoryOptions Memory { get; init; } = new();

    /// <summary>Arithmetic of matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>When checkpoints are written and which stay.</summary>
    public CheckpointOptions Checkpoint { get; init; } = new();

    /// <summary>Device, threads and matmul backend.</summary>
    public ComputeOptions Compute { get; init; } = new();

    /// <summary>How several ranks train together, where a launcher has started them.</summary>
    public DistributedOptions Distributed { get; init; } = new();

    /// <summary>Whether the recipe trains on clips.</summary>
    protected virtual bool TakesClips => false;

    /// <summary>What the run will cost.</summary>
    public abstract TrainingPlan Plan();

    /// <summary>What a step of each stage asks of one of some ranks.</summary>
    /// <param name="ranks">That share each batch.</param>
    /// <param name="device">What each of them has.</param>
    /// <exception cref="UserErrorException">A batch cannot be dealt to so many ranks.</exception>
    public abstract IReadOnlyList<StageDemand> Demands(int ranks, PlannedDevice device);

    /// <summary>A stage's demand with what every recipe's config says alike.</summary>
    private protected StageDemand Shared(int ranks, StageDemand demand) => demand with
    {
        RecomputeEvery = Memory.RecomputeEvery,
        HasAverage = Ema is not null,
        ShardsOptimizer = Distributed.ShardOptimizer && ranks > 1,
        BucketBytes = Distributed.BucketBytes,
        ReducedBytes = Distributed.ReduceDtype == ReduceDtype.Bf16 ? sizeof(ushort) : sizeof(float),
    };

    /// <summary>Bytes of one of its checkpoints, about.</summary>
    public abstract double CheckpointBytes();

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public virtual IEnumerable<(string Key, string Problem)> Problems()
    {
        foreach (var (i, media) in StageList.Index().Where(stage => stage.Item.Media is not null)
            .Select(stage => (stage.Index, stage.Item.Media!.Value)))
        {
            if (Data.Train.All(source => source.Media != media))
            {
                yield return ($"stages[{i}].media", $"asks for sources of media {ConfigYaml.Spell(media)}, and data.train has none");
            }
        }

        var names = Data.Train.Select(source => source.Name).OfType<string>().ToArray();
        foreach (var (i, name) in StageList.Index()
            .SelectMany(stage => (stage.Item.Sources ?? []).Where(name => !names.Contains(name)).Select(name => (stage.Index, name))))
        {
            yield return ($"stages[{i}].sources", $"names {name}, and data.train has no source of that name"
                + (names.Length > 0 ? $"; it has {string.Join(", ", names)}" : ""));
        }

        foreach (var (i, _) in Data.Train.Index().Where(source => source.Item.Media == MediaKind.Video && !TakesClips))
        {
            yield return ($"data.train[{i}].media", "is video, and this recipe trains on images; pe finetune-video takes clips");
        }

        if (StageList.SkipWhile(stage => stage.CooldownRate is not null)
            .SkipWhile(stage => stage.CooldownRate is null)
            .Any(stage => stage.CooldownRate is null))
        {
            yield return ("stages", "cooldown stages come first or last: the run's schedule spans all others");
        }
    }

    /// <summary>The peak rate of the recipe's table, and where it is from.</summary>
    protected virtual (double Rate, string Source) PublishedRate => (2e-3, "Tab. 18");

    /// <summary>Key and warning of what is allowed, and most likely not meant.</summary>
    public virtual IEnumerable<(string Key, string Warning)> Warnings()
    {
        var scheduled = StagePlan.Lay(StageList).Where(stage => stage is { CooldownRate: null, Schedule: null }).Sum(stage => stage.Steps);
        if (scheduled > 0 && Schedule.WarmupSteps >= scheduled)
        {
            yield return (
                "schedule.warmup_steps",
                $"{Schedule.WarmupSteps} steps of warm-up in a run of {scheduled}: the learning rate never reaches its peak, and little is "
                + $"learned. Train longer, or lower it, to {Math.Max(0, scheduled / 20)} for a twentieth of the run");
        }

        var (rate, source) = PublishedRate;
        if (Optimizer.LearningRate > FarFromTable * rate || Optimizer.LearningRate < rate / FarFromTable)
        {
            yield return (
                "optimizer.learning_rate",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Optimizer.LearningRate:0.##e-0} is far from the {rate:0.##e-0} of {source}: check the exponent"));
        }
    }

    /// <summary>What the run will read in any of its stages: the key that names it, and a look that fails with what is wrong.</summary>
    /// <param name="starts">The run has no checkpoint yet, so it needs its first weights.</param>
    public virtual IEnumerable<(string Key, Action Look)> Inputs(bool starts)
    {
        foreach (var (i, source) in Data.Train.Index())
        {
            yield return ($"data.train[{i}]", () => ShardOrder.Check(source, Data.Access(), Data.Streams));
        }
    }
}

using PerceptionEncoder.Distributed;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using Serilog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>Makes what each stage of a run trains.</summary>
/// <param name="config">The run.</param>
/// <param name="world">The ranks that train it.</param>
/// <param name="device">Where the models are.</param>
/// <param name="task">Model and objective of each stage.</param>
/// <param name="log">The run's.</param>
/// <typeparam name="TModel">What is trained.</typeparam>
internal sealed class StageTrainees<TModel>(TrainingConfig config, World world, Device device, TrainingTask<TModel> task, ILogger log)
    where TModel : nn.Module
{
    /// <summary>
    /// The model of a stage, with everything carried over from the stage before, a checkpoint, the config's <c>init</c>, or freshly drawn.
    /// </summary>
    public Trainee Enter(StagePlan stage, Trainee? before, CheckpointFolder? checkpoint)
    {
        Randomness.Seed(device, unchecked((long)config.Run.Seed));
        var architecture = task.Model(stage);
        var model = (TModel)architecture.Build();
        task.Prepare(model);
        if (before is null && (checkpoint?.Model ?? config.Init) is { } path)
        {
            LoadWeights(model, architecture, path, isInit: checkpoint is null);
        }
        else if (before is null)
        {
            task.Initialize(model);
        }

        var rates = task.RateShares?.Invoke(stage);
        foreach (var (_, frozen) in model.named_parameters().Where(entry => rates?.Invoke(entry.name) == 0))
        {
            frozen.requires_grad_(false);
        }

        model.to(device);
        var objective = task.Objective(model, stage);
        (string Name, Parameter Parameter)[] trained =
            [.. model.named_parameters().Where(entry => entry.parameter.requires_grad), .. objective.TrainingOnly];
        var shard = Shard(stage, before, trained);
        var optimizer = config.Optimizer.Create(trained, architecture.LayersFromTop, shard, rates);
        if (before is not null)
        {
            Carry(Weights(before.Objective), Weights(objective), architecture);
            Carry(TrainingOnly(before.Objective), TrainingOnly(objective), architecture);
            if (stage.Schedule is null)
            {
                Carry(before.Optimizer.StateTensors(), optimizer.StateTensors(), architecture);
                optimizer.Steps = before.Optimizer.Steps;
            }
        }

        ShareWeights(objective);
        var entered = new Trainee(objective, optimizer, config.Ema is { } ema ? new WeightAverage(model, ema) : null)
        {
            Metadata = architecture.Metadata,
            FirstStep = stage.Schedule is null ? 0 : stage.FirstStep,
            SaveBeside = task.SaveBeside,
            Reduction = world.Size > 1
                ? new GradientReduction(world.Collective, config.Distributed, model, trained, shard)
                : null,
        };
        if (before is { Average: { } average })
        {
            Carry(average.Tensors, entered.Average!.Tensors, architecture);
        }

        if (checkpoint is not null)
        {
            CheckpointStore.LoadInto(entered, checkpoint);
        }

        return entered;
    }

    /// <summary>A tensor's moments stay on their rank from stage to stage, whatever its size becomes.</summary>
    private OptimizerShard? Shard(StagePlan stage, Trainee? before, IEnumerable<(string Name, Parameter Parameter)> trained)
        => world.Size == 1 || !config.Distributed.ShardOptimizer ? null
            : (stage.Schedule is null ? before?.Optimizer.Shard : null)
                ?? OptimizerShard.Balance(world.Collective, trained.Select(entry => (entry.Name, entry.Parameter.numel())));

    private void LoadWeights(TModel model, ModelArchitecture architecture, string path, bool isInit)
    {
        using var weights = ModelWeights.Open(path);
        weights.LoadInto(model, architecture);
        if (isInit)
        {
            log.Information("Starting from {Weights}{Kind:l}", weights.Path, WeightsLocation.KindInBrackets(weights.Path));
            if (weights.Tensors.Origin is { } origin)
            {
                log.Information("{Weights}: read from {Origin:l}", weights.Path, origin);
            }
        }

        if (weights.Assumed(architecture) is { } assumed)
        {
            log.Information("{Path} does not name its architecture. Taken to be as in the config: {Facts:l}", weights.Path, assumed);
        }
    }

    /// <summary>All ranks begin with the weights of the first, whatever each has drawn.</summary>
    private void ShareWeights(IObjective objective)
    {
        using var noGradient = no_grad();
        foreach (var (_, tensor) in Weights(objective).Concat(TrainingOnly(objective)))
        {
            world.Collective.Broadcast(tensor, root: 0);
        }
    }

    private static void Carry(
        IEnumerable<(string Name, Tensor Tensor)> sources,
        IEnumerable<(string Name, Tensor Tensor)> targets,
        ModelArchitecture architecture)
    {
        var byName = sources.ToDictionary(entry => entry.Name, entry => entry.Tensor);
        foreach (var (name, target) in targets)
        {
            architecture.Carry(name, byName[name], target);
        }
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Weights(IObjective objective)
        => objective.Model.state_dict().Select(entry => (entry.Key, entry.Value));

    private static IEnumerable<(string Name, Tensor Tensor)> TrainingOnly(IObjective objective)
        => objective.TrainingOnly.Select(entry => (entry.Name, (Tensor)entry.Parameter));
}

using System.Diagnostics;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;
using PerceptionEncoder.Training.Reports;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Recipes;

/// <summary>
/// What recipes that train both towers in stages have in common: entering a stage with weights, moments and averages of the one before or of a checkpoint, evaluation,
/// report. A run is a function of its config and seed: stopped and resumed, it gives the numbers of one never stopped.
/// </summary>
/// <param name="config">The run.</param>
/// <param name="folder">Where it goes.</param>
/// <param name="log">Its log.</param>
/// <param name="display">Called at every logged step.</param>
public sealed class StagedRun(StagedTrainingConfig config, RunFolder folder, ILogger log, Action<TrainingProgress> display)
{
    private const int MeasuredSteps = 4;
    private static readonly TimeSpan MeasuredAtMost = TimeSpan.FromSeconds(10);

    private readonly CheckpointStore checkpoints = new(folder.Checkpoints, config.Checkpoint);

    /// <summary>Of the text tower.</summary>
    public ClipTokenizer Tokenizer { get; } = config.LoadTokenizer();

    /// <summary>Where the model is.</summary>
    public Device Device { get; } = ResumedCompute.Prepare(config.Compute, folder, log);

    /// <summary>Trains to the end of the last stage.</summary>
    /// <param name="resume">Continue from the run's last checkpoint; without one, start.</param>
    /// <param name="objective">What a stage's model, which is on the device, is trained for.</param>
    /// <param name="data">What it is trained on.</param>
    /// <param name="stop">Saves a checkpoint, then throws.</param>
    /// <exception cref="UserErrorException">Data, checkpoint or disk prevent the run; earlier checkpoints are intact.</exception>
    /// <exception cref="OperationCanceledException">Stopped on request.</exception>
    public void Train(bool resume, Func<ClipModel, Device, IObjective> objective, StageData data, CancellationToken stop)
    {
        var stages = StagePlan.Lay(config.Stages);
        var last = LastCheckpoint(resume);
        var state = last is null ? new TrainingState() : CheckpointStore.ReadState(last);
        AtomicFile.WriteAllText(folder.Config, ConfigYaml.Write(config with { Compute = config.Compute.Settled(Device) }));
        log.Information("Products: {Products:l}", config.Precision.Products(Device));
        if (last is not null)
        {
            checkpoints.NameBest(state);
            WarnOfOldWindows(state, stages);
        }

        var badSamples = new BadSamples(state.BadSamples);
        badSamples.Found += bad => log.Warning("Bad sample: {Reason}: {Key} in {Shard} ({Detail})", bad.Reason, bad.Key ?? "(the shard)", bad.Shard, bad.Detail);
        using var journal = new TrainingJournal(folder, state.Step, log, display, state.EvaluatedStep);
        var trainer = new Trainer(Options(stages), state, checkpoints, journal, log);
        Trainee? current = null;
        var status = RunStatus.Failed;
        var announced = false;
        try
        {
            foreach (var stage in stages.Skip(state.Stage))
            {
                // Opened first: samples are read and decoded while the model is built and measured.
                using var batches = data.Open(stage, trainer.State.Position, badSamples);
                using var again = config.Memory.ReadTwice && stage.MicroBatches > 1 ? data.Open(stage, trainer.State.Position, new BadSamples()) : null;
                var entered = Enter(stage, objective, current, last);
                current?.Dispose();
                (current, last) = (entered, null);
                if (!announced && trainer.State.Step < stages[^1].End)
                {
                    Announce(current, stage, data, stop);
                    announced = true;
                }

                log.Information("Stage {Stage} of {Stages}: {Resolution}px, {Steps} steps of {Batch}", stage.Index + 1, stages.Count, stage.Resolution, stage.Steps, stage.Batch);
                trainer.RunStage(stage, current, batches, again, CreateEvaluators((ClipModel)current.Objective.Model), stop);
            }

            status = RunStatus.Finished;
        }
        catch (OperationCanceledException)
        {
            status = RunStatus.Interrupted;
            throw;
        }
        finally
        {
            current?.Dispose();
            WriteReport(status, trainer.State);
        }
    }

    /// <summary>Image–text pairs of the config's shards, augmented as it says.</summary>
    /// <param name="resolution">Side of a stage's square images, in pixels.</param>
    /// <param name="context">Tokens of a caption.</param>
    public StageData ImageTextPairs(Func<StagePlan, int> resolution, int context) => new(
        stage => ImageTextBatch.Noise(stage.MicroBatch, resolution(stage), context, Tokenizer.VocabularySize - 1),
        (stage, position, badSamples) =>
        {
            var side = resolution(stage);
            var augmentation = new Augmentation(config.Augmentation ?? AugmentationOptions.None);
            var decoder = new ImageTextDecoder(new OpenCvImageDecoder(), augmentation, caption => Tokenizer.EncodeToContext(caption, context), side, config.Data.MaxPixels);
            return new DataLoader(config.Data, stage.MicroBatch, ImageTextBatch.Layout(side, context), decoder.Decode, config.Run.Seed, position, badSamples, stage.Media);
        });

    /// <summary>Which weights of a checkpoint these are, as an addition to their path.</summary>
    internal static string Kind(string weights) => WeightsLocation.KindOf(weights) is { } kind ? $" ({kind} weights)" : "";

    /// <summary>The model on the stage's position grid, with everything carried over from the stage before, a checkpoint, the config's <c>init</c>, or freshly drawn.</summary>
    private Trainee Enter(StagePlan stage, Func<ClipModel, Device, IObjective> objective, Trainee? before, CheckpointFolder? checkpoint)
    {
        manual_seed(unchecked((long)config.Run.Seed));
        var model = new ClipModel(config.ModelAt(stage.Resolution, Tokenizer.VocabularySize));
        (model.Visual.RecomputeEvery, model.RecomputeEvery) = (config.Memory.RecomputeEvery, config.Memory.RecomputeEvery);
        config.Freeze.Apply(model);
        if (before is null && (checkpoint?.Model ?? config.Init) is { } path)
        {
            using var weights = ModelWeights.Open(path);
            weights.LoadInto(model);
            if (checkpoint is null)
            {
                log.Information("Starting from {Weights}{Kind:l}", weights.Path, Kind(weights.Path));
                if (weights.Tensors.Origin is { } origin)
                {
                    log.Information("{Weights}: read from {Origin:l}", weights.Path, origin);
                }
            }

            if (weights.Assumed(model.Options) is { } assumed)
            {
                log.Information("{Path} does not name its architecture. Taken to be as in the config: {Facts:l}", weights.Path, assumed);
            }
        }

        model.to(Device);
        var minimised = objective(model, Device);
        var trained = model.named_parameters().Where(entry => entry.parameter.requires_grad).Concat(minimised.TrainingOnly);
        var optimizer = config.Optimizer.Create(trained, name => LayerDepth.Of(name, model.Options).FromTop);
        if (before is not null)
        {
            Carry(Weights(before.Objective), Weights(minimised), model);
            Carry(TrainingOnly(before.Objective), TrainingOnly(minimised), model);
            Carry(before.Optimizer.StateTensors(), optimizer.StateTensors(), model);
            optimizer.Steps = before.Optimizer.Steps;
        }

        var entered = new Trainee(minimised, optimizer, config.Ema is { } ema ? new WeightAverage(model, ema) : null);
        if (before is { Average: { } average })
        {
            Carry(average.Tensors, entered.Average!.Tensors, model);
        }

        if (checkpoint is not null)
        {
            CheckpointStore.LoadInto(entered, checkpoint);
        }

        checkpoints.ModelMetadata = new Dictionary<string, string> { [ModelArchitecture.MetadataKey] = ModelArchitecture.Of(model.Options).Write() };
        checkpoints.WriteExtras = Tokenizer.Save;
        return entered;
    }

    private static void Carry(IEnumerable<(string Name, Tensor Tensor)> sources, IEnumerable<(string Name, Tensor Tensor)> targets, ClipModel model)
    {
        var byName = sources.ToDictionary(entry => entry.Name, entry => entry.Tensor);
        foreach (var (name, target) in targets)
        {
            StateCarrier.Copy(name, byName[name], target, model.Options.Vision.UseClassToken);
        }
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Weights(IObjective objective) => objective.Model.state_dict().Select(entry => (entry.Key, entry.Value));

    private static IEnumerable<(string Name, Tensor Tensor)> TrainingOnly(IObjective objective) => objective.TrainingOnly.Select(entry => (entry.Name, (Tensor)entry.Parameter));

    /// <summary>Prints the plan with the time it will take, from the fastest of some micro-batches of noise through the step's own code.</summary>
    private void Announce(Trainee trainee, StagePlan stage, StageData data, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        using var batch = data.Noise(stage);
        var (fastest, clock) = (double.MaxValue, Stopwatch.StartNew());
        for (var pass = 0; pass < MeasuredSteps && (pass == 0 || clock.Elapsed < MeasuredAtMost); pass++)
        {
            stop.ThrowIfCancellationRequested();
            var start = clock.Elapsed;
            trainee.Optimizer.ZeroGradients();
            trainee.Objective.Accumulate(MicroBatches.Of(batch), new StepContext(0, 0, Device, config.Precision));
            fastest = Math.Min(fastest, (clock.Elapsed - start).TotalSeconds);
        }

        var (model, plan) = (((ClipModel)trainee.Objective.Model).Options, config.Plan());
        log.Information("Plan: {Vision:N0} parameters of vision, {Text:N0} of text", ParameterCount.Vision(model.Vision), ParameterCount.Text(model.Text));
        foreach (var line in plan.Describe(stage.MicroBatch * plan.Stages[stage.Index].FlopsPerPair / fastest))
        {
            log.Information("{Line:l}", line);
        }
    }

    private IEvaluator[] CreateEvaluators(ClipModel model)
    {
        var encoder = new ClipEncoder(model, Tokenizer, Device, config.Precision);
        return [.. config.Evaluation.Sets.Select(set => Evaluators.Create(set, encoder, Warn))];
    }

    private void WriteReport(RunStatus status, TrainingState state) => RunReport.Write(folder.Path, new RunReportContent
    {
        Name = config.Run.Name,
        Status = status,
        Date = DateTimeOffset.Now,
        TrainingTime = TimeSpan.FromSeconds(state.ElapsedSeconds),
        BadSamples = state.BadSamples,
    });

    private void WarnOfOldWindows(TrainingState state, IReadOnlyList<StagePlan> stages)
    {
        if (state.Position.Sources.Any(source => source is { DrawnFromWindow: > 0, WindowSamples: 0 }) && stages.Select(stage => stage.Media).Distinct().Count() > 1)
        {
            Warn("The checkpoint is of an older version, in which stages of other media had other shuffle windows: where data.shuffle_bytes bounds them, some samples of this epoch come twice or not at all.");
        }
    }

    private void Warn(string message) => log.Warning("{Message:l}", message);

    private TrainerOptions Options(IReadOnlyList<StagePlan> stages) => new()
    {
        Stages = stages,
        Seed = config.Run.Seed,
        Device = Device,
        Precision = config.Precision,
        LearningRate = step => StagePlan.LearningRate(stages, step, (at, total) => config.Schedule.LearningRate(at, total, config.Optimizer.LearningRate)),
        BestMetric = config.Checkpoint.Best,
        Divergence = config.Run.Divergence,
        LogEvery = config.Run.LogEvery,
        EvaluateEvery = config.Evaluation.Every,
        CheckpointEvery = config.Checkpoint.Every,
    };

    private CheckpointFolder? LastCheckpoint(bool resume)
    {
        var last = checkpoints.Latest();
        if (last is not null && !resume)
        {
            throw new UserErrorException($"{folder.Path}: holds a run with checkpoints (last: step {last.Step}). Add --resume to continue it, or choose another run.name.");
        }

        if (resume)
        {
            log.Information(last is null ? "No checkpoint to resume from: starting" : "Resuming from {Checkpoint}", last?.Path);
        }

        return last;
    }
}

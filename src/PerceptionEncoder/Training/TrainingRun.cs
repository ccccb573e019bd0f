using System.Diagnostics;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training.Reports;
using Serilog;
using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>
/// A run from its first stage to its last: each is entered with the weights, moments and averages of the one before or of a checkpoint,
/// trained, measured and reported. A run is a function of its config and seed: stopped and resumed, it gives the numbers of one never
/// stopped.
/// </summary>
/// <param name="config">The run.</param>
/// <param name="folder">Where it goes, and who trains it.</param>
/// <param name="log">Its log.</param>
/// <param name="display">Called at every logged step.</param>
/// <typeparam name="TModel">What is trained.</typeparam>
public sealed class TrainingRun<TModel>(TrainingConfig config, RunFolder folder, ILogger log, Action<TrainingProgress> display)
    where TModel : nn.Module
{
    private const int MeasuredSteps = 4;
    private static readonly TimeSpan MeasuredAtMost = TimeSpan.FromSeconds(10);

    private readonly CheckpointStore checkpoints = new(folder.Checkpoints, config.Checkpoint, folder.World);

    /// <summary>Where the model is.</summary>
    public Device Device { get; } = ResumedCompute.Prepare(folder.World.Place(config.Compute), folder, log);

    /// <summary>Arithmetic of matrix products: what the config asks for, or a run that goes on was trained with.</summary>
    public Precision Precision => field is Precision.Auto ? field = ResumedCompute.Settle(config.Precision, folder, Device) : field;

    /// <summary>Trains to the end of the last stage.</summary>
    /// <param name="resume">Continue from the run's last checkpoint; without one, start.</param>
    /// <param name="task">Model, data and objective.</param>
    /// <param name="stop">Saves a checkpoint, then throws.</param>
    /// <exception cref="UserErrorException">Data, checkpoint or disk prevent the run; earlier checkpoints are intact.</exception>
    /// <exception cref="OperationCanceledException">Stopped on request.</exception>
    public void Train(bool resume, TrainingTask<TModel> task, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(task);
        var stages = StagePlan.Lay(config.StageList, folder.World.Size);
        var last = LastCheckpoint(resume);
        var state = last is null ? new TrainingState() : CheckpointStore.ReadState(last);
        folder.WriteConfig(ConfigYaml.Write(
            config with { Compute = config.Compute.Settled(Device), Precision = Precision }));
        log.Information("Products: {Products:l}", Precision.Products(Device));
        if (last is not null)
        {
            checkpoints.NameBest(state);
            WarnOfOldWindows(state, stages);
        }

        // The checkpoint's counts are of all ranks: one goes on from them.
        var badSamples = new BadSamples(folder.World.Writes ? state.BadSamples : null);
        badSamples.Found += bad => log.Warning(
            "Bad sample: {Reason}: {Key} in {Shard} ({Detail})",
            bad.Reason,
            bad.Key ?? "(the shard)",
            bad.Shard,
            bad.Detail);
        using var journal = new TrainingJournal(folder, state.Step, log, display, state.EvaluatedStep);
        var trainer = new Trainer(Options(stages, task), state, checkpoints, journal, log);
        var trainees = new StageTrainees<TModel>(config, folder.World, Device, task, log);
        Trainee? current = null;
        var status = RunStatus.Failed;
        var announced = false;
        try
        {
            foreach (var stage in stages.Skip(state.Stage))
            {
                // Opened first: samples are read and decoded while the model is built and measured.
                using var batches = task.Data.Open(stage, trainer.State.Position, badSamples);
                using var again = config.Memory.ReadTwice && stage.MicroBatches > 1
                    ? task.Data.Open(stage, trainer.State.Position, new BadSamples())
                    : null;
                var entered = trainees.Enter(stage, current, last);
                current?.Dispose();
                (current, last) = (entered, null);
                if (!announced && trainer.State.Step < stages[^1].End)
                {
                    Announce(current, task.Model(stage), stage, task.Data, stop);
                    announced = true;
                }

                log.Information(
                    "Stage {Stage} of {Stages}: {Resolution}px, {Steps} steps of {Batch}",
                    stage.Index + 1,
                    stages.Count,
                    stage.Resolution,
                    stage.Steps,
                    stage.Batch);
                trainer.RunStage(stage, current, batches, again, task.Evaluators((TModel)current.Objective.Model, stage), stop);
            }

            status = RunStatus.Finished;
        }
        catch (OperationCanceledException)
        {
            status = RunStatus.Interrupted;
            throw;
        }
        catch (Exception failure) when (OutOfMemory.Report(failure) is not null)
        {
            throw new UserErrorException(
                $"{Device}: {OutOfMemory.Report(failure)} Lower stages[].micro_batch, or set memory.recompute_every: 1; "
                + "the run goes on from its last checkpoint with --resume.",
                failure);
        }
        finally
        {
            current?.Dispose();
            WriteReport(status, trainer.State);
        }
    }

    /// <summary>
    /// Prints the plan with the time it will take, from the fastest of some micro-batches of noise through the step's own code.
    /// </summary>
    private void Announce(Trainee trainee, ModelArchitecture architecture, StagePlan stage, StageData data, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        using var batch = data.Noise(stage);
        var (fastest, clock) = (double.MaxValue, Stopwatch.StartNew());
        for (var pass = 0; pass < MeasuredSteps && (pass == 0 || folder.World.Any(clock.Elapsed < MeasuredAtMost)); pass++)
        {
            folder.World.StopTogether(stop);
            var start = clock.Elapsed;
            trainee.Optimizer.ZeroGradients();
            trainee.Objective.Accumulate(MicroBatches.Of(batch), new StepContext(0, 0, Device, Precision) { World = folder.World });
            fastest = Math.Min(fastest, (clock.Elapsed - start).TotalSeconds);
        }

        var plan = config.Plan();
        log.Information("Plan: {Parameters:l}", architecture.DescribeParameters());
        foreach (var line in plan.Describe(folder.World.Size * stage.MicroBatch * plan.Stages[stage.Index].FlopsPerPair / fastest))
        {
            log.Information("{Line:l}", line);
        }
    }

    private void WriteReport(RunStatus status, TrainingState state)
    {
        if (folder.World.Writes)
        {
            RunReport.Write(folder.Path, new RunReportContent
            {
                Name = config.Run.Name,
                Status = status,
                Date = DateTimeOffset.Now,
                TrainingTime = TimeSpan.FromSeconds(state.ElapsedSeconds),
                BadSamples = state.BadSamples,
            });
        }
    }

    private void WarnOfOldWindows(TrainingState state, IReadOnlyList<StagePlan> stages)
    {
        if (state.Position.Sources.Any(source => source is { DrawnFromWindow: > 0, WindowSamples: 0 })
            && stages.Select(stage => stage.Media).Distinct().Count() > 1)
        {
            log.Warning(
                "The checkpoint is of an older version, in which stages of other media had other shuffle windows: "
                + "where data.shuffle_bytes bounds them, some samples of this epoch come twice or not at all.");
        }
    }

    private TrainerOptions Options(IReadOnlyList<StagePlan> stages, TrainingTask<TModel> task) => new()
    {
        Stages = stages,
        Sample = task.Sample,
        Seed = config.Run.Seed,
        World = folder.World,
        Device = Device,
        Precision = Precision,
        LearningRate = step => StagePlan.LearningRate(
            stages,
            step,
            (at, total) => config.Schedule.LearningRate(at, total, config.Optimizer.LearningRate),
            (at, total, own) => (config.Schedule with { WarmupSteps = own.WarmupSteps }).LearningRate(at, total, own.PeakRate)),
        BestMetric = config.Checkpoint.Best,
        Divergence = config.Run.Divergence,
        LogEvery = config.Run.LogEvery,
        EvaluateEvery = task.EvaluateEvery,
        CheckpointEvery = config.Checkpoint.Every,
    };

    private CheckpointFolder? LastCheckpoint(bool resume)
    {
        var last = checkpoints.Latest();
        folder.World.DemandSame($"the last checkpoint in {folder.Checkpoints}", last is null ? "none" : Path.GetFileName(last.Path));
        if (last is not null && !resume)
        {
            throw new UserErrorException($"{folder.Path}: holds a run with checkpoints (last: step {last.Step}). "
                + "Add --resume to continue it, or choose another run.name.");
        }

        if (resume)
        {
            log.Information(last is null ? "No checkpoint to resume from: starting" : "Resuming from {Checkpoint}", last?.Path);
        }

        return last;
    }
}

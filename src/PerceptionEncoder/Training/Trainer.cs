using System.Diagnostics;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tensors;
using Serilog;
using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>The one training loop. It knows steps, data, checkpoints and metrics; what is trained is the objective's business.</summary>
internal sealed class Trainer
{
    /// <summary>
    /// What a step on its way has to end, once it is to stop, before the checkpoint of the last one is written beside it.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// Held while weights, moments or state change and while a checkpoint is written, so that one can be written whatever is being
    /// computed.
    /// </summary>
    private readonly Lock gate = new();
    private readonly TrainerOptions options;
    private readonly CheckpointStore checkpoints;
    private readonly TrainingJournal journal;
    private readonly ILogger log;
    private readonly LossGuard guard;
    private readonly RankTimes ranks;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly double secondsBefore;
    private bool saidStopped;

    /// <param name="options">The plan and what happens when.</param>
    /// <param name="state">Where the run stands: new, or read from a checkpoint.</param>
    /// <param name="checkpoints">Where checkpoints go.</param>
    /// <param name="journal">Where metrics go.</param>
    /// <param name="log">The run's log.</param>
    public Trainer(TrainerOptions options, TrainingState state, CheckpointStore checkpoints, TrainingJournal journal, ILogger log)
    {
        this.options = options;
        this.checkpoints = checkpoints;
        this.journal = journal;
        this.log = log;
        guard = new LossGuard(options.Divergence, checkpoints);
        ranks = new RankTimes(options.World, log);
        State = state;
        secondsBefore = state.ElapsedSeconds;
    }

    /// <summary>Where the run stands.</summary>
    public TrainingState State { get; private set; }

    /// <summary>Trains to the end of a stage.</summary>
    /// <param name="stage">Which.</param>
    /// <param name="trainee">Model, loss and moments.</param>
    /// <param name="data">Micro-batches from the run's position on.</param>
    /// <param name="again">
    /// The same from another loader, for objectives that encode them twice; null keeps those of a step in memory.
    /// </param>
    /// <param name="evaluators">Run when due.</param>
    /// <param name="stop">Stops after the step, see the remarks.</param>
    /// <exception cref="OperationCanceledException">Stopped on request, after a checkpoint was written.</exception>
    /// <exception cref="UserErrorException">
    /// The loss is not finite, too many samples are bad, or a checkpoint cannot be written.
    /// </exception>
    /// <remarks>
    /// A step that is on its way when <paramref name="stop"/> is cancelled may take long. Its updates are not made; the checkpoint is
    /// written from the thread that cancels, which may then end the process. Several ranks stop where all of them do, between two steps.
    /// </remarks>
    public void RunStage(
        StagePlan stage,
        Trainee trainee,
        DataLoader data,
        DataLoader? again,
        IReadOnlyList<IEvaluator> evaluators,
        CancellationToken stop)
    {
        using var left = new ManualResetEventSlim();
        var trainingThread = Environment.CurrentManagedThreadId;
        using var saving = AtOnce(stop).Register(() =>
        {
            if (Environment.CurrentManagedThreadId != trainingThread && !left.Wait(Grace))
            {
                SaveStopped(trainee);
            }
        });
        try
        {
            RunSteps(stage, trainee, data, again, evaluators, stop);
        }
        catch (OperationCanceledException)
        {
            left.Set();
            SaveStopped(trainee);
            throw;
        }
        finally
        {
            left.Set();
        }
    }

    private void RunSteps(
        StagePlan stage,
        Trainee trainee,
        DataLoader data,
        DataLoader? again,
        IReadOnlyList<IEvaluator> evaluators,
        CancellationToken stop)
    {
        var meter = new ThroughputMeter(() => data.Waited + (again?.Waited ?? TimeSpan.Zero));
        EvaluateIfDue(trainee, evaluators, stop);
        while (State.Step < stage.End)
        {
            options.World.StopTogether(stop);
            Step(stage, trainee, data, again, meter, stop);
            EvaluateIfDue(trainee, evaluators, stop);
            if (State.Step == stage.End || State.Step % options.CheckpointEvery == 0)
            {
                Save(trainee);
            }

            meter.LeaveOutPauses();
        }
    }

    private void Step(StagePlan stage, Trainee trainee, DataLoader data, DataLoader? again, ThroughputMeter meter, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        using var microBatches = MicroBatches.Of(stage, data, again, AtOnce(stop), trainee.Objective.ReadsTwice);
        options.World.AtStep(State.Step + 1);

        // Seeding every step makes a step a function of (weights, data, seed, step): what resume and re-encoding rely on.
        var context = new StepContext(
            State.Step,
            unchecked((long)SampleRandom.Mix(options.Seed, (ulong)State.Step)),
            options.Device,
            options.Precision)
        {
            World = options.World,
            Reduction = trainee.Reduction,
        };
        trainee.Optimizer.ZeroGradients();
        trainee.Reduction?.Begin();
        var metrics = new Dictionary<string, double>(trainee.Objective.Accumulate(microBatches, context));
        guard.DemandFinite(metrics["loss"], State.Step + 1);
        trainee.Reduction?.End();
        metrics["learning_rate"] = options.LearningRate(State.Step);
        options.World.StopTogether(stop);
        lock (gate)
        {
            AtOnce(stop).ThrowIfCancellationRequested();
            trainee.Optimizer.Step(metrics["learning_rate"]);
            trainee.Reduction?.ShareWeights();
            trainee.Objective.AfterUpdate();
            trainee.Average?.Update(State.Step + 1);

            State = State with
            {
                LossTrend = LossTrend.After(State.LossTrend, stage.Index, metrics["loss"], options.Divergence),
                Step = State.Step + 1,
                Samples = State.Samples + stage.Batch,
                Stage = stage.Index,
                Position = microBatches.Next,
                BadSamples = data.Skipped,
                ElapsedSeconds = secondsBefore + clock.Elapsed.TotalSeconds,
            };
        }

        guard.DemandConvergence(State);
        meter.Count(stage.Batch);
        if (State.Step % options.LogEvery == 0 || State.Step == stage.FirstStep + 1 || State.Step == stage.End)
        {
            metrics["gradient_norm"] = trainee.Optimizer.GradientNorm();
            Report(stage, metrics, meter);
        }
    }

    /// <summary>What ends this rank wherever it stands; several stop together instead.</summary>
    private CancellationToken AtOnce(CancellationToken stop) => options.World.Size == 1 ? stop : CancellationToken.None;

    private void Report(StagePlan stage, Dictionary<string, double> metrics, ThroughputMeter meter)
    {
        metrics["samples"] = State.Samples;
        metrics["resolution"] = stage.Resolution;
        metrics["elapsed_seconds"] = State.ElapsedSeconds;
        var (seconds, steps) = (meter.Seconds, meter.Steps);
        var secondsPerSample = meter.Read(metrics);
        ranks.Read(metrics, State.Step, seconds, steps);
        var remaining = options.RemainingCost(State.Step, stage) * secondsPerSample;
        journal.Step(
            new TrainingProgress(State.Step, options.TotalSteps, stage, options.Stages.Count, metrics, TimeSpan.FromSeconds(remaining))
            {
                Sample = options.Sample,
            });
    }

    private void EvaluateIfDue(Trainee trainee, IReadOnlyList<IEvaluator> evaluators, CancellationToken stop)
    {
        var due = State.Step == options.TotalSteps || (State.Step > 0 && options.EvaluateEvery is { } every && State.Step % every == 0);
        if (!due || State.EvaluatedStep == State.Step)
        {
            return;
        }

        EvaluateAll(trainee, evaluators, stop);
        var measured = options.World.Gather(State)[0];
        Become(State with { EvaluatedStep = State.Step, BestValue = measured.BestValue, BestStep = measured.BestStep });
        if (options.World.Gather(State.BestStep == State.Step || checkpoints.Latest()?.Step == State.Step)[0])
        {
            Save(trainee);
        }
    }

    private void EvaluateAll(Trainee trainee, IReadOnlyList<IEvaluator> evaluators, CancellationToken stop)
    {
        foreach (var evaluator in evaluators)
        {
            var result = Evaluate(trainee, evaluator, stop);
            if (!options.World.Writes)
            {
                continue;
            }

            journal.Evaluation(State.Step, State.Samples, evaluator.Name, result);
            if (options.BestMetric is { } best && best.Split('/', 2) is [var set, var metric] && set == evaluator.Name
                && Measured(result, best, metric) is var value && double.IsFinite(value) && !(value <= State.BestValue))
            {
                Become(State with { BestValue = value, BestStep = State.Step });
            }
        }
    }

    /// <summary>Measures the average where there is one.</summary>
    private EvaluationResult Evaluate(Trainee trainee, IEvaluator evaluator, CancellationToken stop)
    {
        IDisposable? averaged;
        lock (gate)
        {
            averaged = trainee.Average?.PutIntoModel();
        }

        try
        {
            using var casts = Autocast.KeepCasts();
            return evaluator.Evaluate(stop);
        }
        finally
        {
            lock (gate)
            {
                averaged?.Dispose();
            }
        }
    }

    private void Become(TrainingState next)
    {
        lock (gate)
        {
            State = next;
        }
    }

    private static double Measured(EvaluationResult result, string best, string metric)
        => result.Metrics.TryGetValue(metric, out var value) ? value
            : throw new UserErrorException(
                $"checkpoint.best: {best} is not measured; {result.Dataset} has {string.Join(", ", result.Metrics.Keys)}.");

    private CheckpointFolder Save(Trainee trainee)
    {
        lock (gate)
        {
            State = State with { ElapsedSeconds = secondsBefore + clock.Elapsed.TotalSeconds };
            var saved = checkpoints.Save(State.OfAllRanks(options.World), trainee);
            log.Debug("Checkpoint {Checkpoint}", saved.Path);
            return saved;
        }
    }

    /// <summary>From the training thread or, where that computes, from the one that stops it.</summary>
    private void SaveStopped(Trainee trainee)
    {
        lock (gate)
        {
            var saved = Save(trainee);
            if (!saidStopped)
            {
                log.Information(
                    "Stopped on request after step {Step}; checkpoint {Checkpoint}. Continue with --resume.",
                    State.Step,
                    saved.Path);
                saidStopped = true;
            }
        }
    }
}

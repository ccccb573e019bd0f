using System.Diagnostics;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Media;
using PerceptionEncoder.Models;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Recipes;

/// <summary>
/// Robust image pretraining [2.1]: a contrastive model trained from scratch at progressive resolution, weights and position embeddings
/// carried from stage to stage. A run is a function of its config and seed: stopped and resumed, it gives the numbers of one never stopped.
/// </summary>
public sealed class Pretrain(PretrainConfig config, RunFolder folder, ILogger log, Action<TrainingProgress> display)
{
    private readonly ClipTokenizer tokenizer = ClipTokenizer.Load(config.Tokenizer.Vocabulary ?? throw new UserErrorException("tokenizer.vocabulary: name a vocabulary file or folder; pe tokenizer train makes one."));
    private readonly CheckpointStore checkpoints = new(folder.Checkpoints, config.Checkpoint);

    /// <summary>Trains to the end of the last stage.</summary>
    /// <param name="resume">Continue from the run's last checkpoint; without one, start.</param>
    /// <param name="stop">Saves a checkpoint, then throws.</param>
    /// <exception cref="UserErrorException">Data, checkpoint or disk prevent the run; earlier checkpoints are intact.</exception>
    /// <exception cref="OperationCanceledException">Stopped on request.</exception>
    public void Run(bool resume, CancellationToken stop)
    {
        var device = config.Compute.Prepare();
        var stages = StagePlan.Lay(config.Stages);
        var last = LastCheckpoint(resume);
        var state = last is null ? new TrainingState() : CheckpointStore.ReadState(last);
        AtomicFile.WriteAllText(folder.Config, ConfigYaml.Write(config));

        var badSamples = new BadSamples(state.BadSamples);
        badSamples.Found += bad => log.Warning("Bad sample: {Reason}: {Key} in {Shard} ({Detail})", bad.Reason, bad.Key ?? "(the shard)", bad.Shard, bad.Detail);
        using var journal = new TrainingJournal(folder, state.Step, log, display);
        var trainer = new Trainer(Plan(stages, device), state, checkpoints, journal, log);
        Stage? current = null;
        var status = RunStatus.Failed;
        var announced = false;
        try
        {
            foreach (var stage in stages.Skip(state.Stage))
            {
                var entered = Enter(stage, device, current, last);
                current?.Dispose();
                (current, last) = (entered, null);
                if (!announced && trainer.State.Step < stages[^1].End)
                {
                    Announce(current, stage, device);
                    announced = true;
                }

                log.Information("Stage {Stage} of {Stages}: {Resolution}px, {Steps} steps of {Batch}", stage.Index + 1, stages.Count, stage.Resolution, stage.Steps, stage.Batch);
                using var data = OpenData(stage, trainer.State.Position, badSamples);
                trainer.RunStage(stage, current.Objective, current.Optimizer, data, Evaluators(current.Model, device), stop);
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

    /// <summary>The model on the stage's position grid, with weights and moments from the stage before, a checkpoint, or the initialisation.</summary>
    private Stage Enter(StagePlan stage, Device device, Stage? before, CheckpointFolder? checkpoint)
    {
        manual_seed(unchecked((long)config.Run.Seed));
        var model = new ClipModel(config.Model.For(stage.Resolution, tokenizer.VocabularySize, config.Tokenizer.Context, config.Regularization));
        (model.Visual.RecomputeEvery, model.RecomputeEvery) = (config.Memory.RecomputeEvery, config.Memory.RecomputeEvery);
        var mask = config.Regularization.Mask is { } options ? new MaskedTokenAlignment(options, model.Options.Vision.Width) : null;
        model.to(device);
        mask?.to(device);
        var objective = new ContrastiveObjective(model, config.Regularization.MaxLogitScale, mask, config.Memory.LossTile);
        var optimizer = config.Optimizer.Create(model.named_parameters().Concat(objective.TrainingOnly));
        if (checkpoint is not null)
        {
            using var weights = Checkpoint.Open(checkpoint.Model);
            weights.LoadInto(model);
            using var moments = SafetensorsFile.Open(checkpoint.Optimizer);
            optimizer.LoadState(checkpoint.Step, moments.ReadInto);
            CheckpointStore.LoadTrainingOnly(moments, objective);
        }
        else if (before is not null)
        {
            var useClassToken = model.Options.Vision.UseClassToken;
            var weights = before.Model.state_dict();
            foreach (var (name, tensor) in model.state_dict())
            {
                StateCarrier.Copy(name, weights[name], tensor, useClassToken);
            }

            var moments = before.Optimizer.StateTensors().ToDictionary(entry => entry.Name, entry => entry.Tensor);
            optimizer.LoadState(before.Optimizer.Steps, (name, tensor) => StateCarrier.Copy(name, moments[name], tensor, useClassToken));
            foreach (var ((name, source), (_, target)) in before.Objective.TrainingOnly.Zip(objective.TrainingOnly))
            {
                StateCarrier.Copy(name, source, target, useClassToken);
            }
        }

        checkpoints.ModelMetadata = new Dictionary<string, string> { [ModelArchitecture.MetadataKey] = ModelArchitecture.Of(model.Options).Write() };
        checkpoints.WriteExtras = tokenizer.Save;
        return new Stage(model, objective, optimizer);
    }

    /// <summary>Prints the plan with the time it will take, from the fastest of some micro-batches of noise through the step's own code.</summary>
    private void Announce(Stage current, StagePlan stage, Device device)
    {
        using var scope = NewDisposeScope();
        var pixels = randint(0, 256, [stage.MicroBatch, 3, stage.Resolution, stage.Resolution], uint8);
        var captions = full([stage.MicroBatch, config.Tokenizer.Context], tokenizer.VocabularySize - 1, int64);
        using var batch = new Batch(pixels, captions, new string[stage.MicroBatch], DataPosition.Start);
        var fastest = Enumerable.Range(0, 4).Min(_ =>
        {
            var clock = Stopwatch.StartNew();
            current.Optimizer.ZeroGradients();
            current.Objective.Accumulate([batch], new StepContext(0, 0, device, config.Precision));
            return clock.Elapsed.TotalSeconds;
        });

        var plan = config.Plan();
        log.Information("Plan: {Vision:N0} parameters of vision, {Text:N0} of text\n{Lines:l}", ParameterCount.Vision(current.Model.Options.Vision), ParameterCount.Text(current.Model.Options.Text), string.Join('\n', plan.Describe(stage.MicroBatch * plan.Stages[stage.Index].FlopsPerPair / fastest)));
    }

    private DataLoader OpenData(StagePlan stage, DataPosition position, BadSamples badSamples)
    {
        var decoder = new ImageTextDecoder(
            new OpenCvImageDecoder(),
            new Augmentation(config.Augmentation ?? AugmentationOptions.None),
            caption => tokenizer.EncodeToContext(caption, config.Tokenizer.Context),
            stage.Resolution,
            config.Data.MaxPixels);
        return new DataLoader(config.Data, stage.MicroBatch, (stage.Resolution, stage.Resolution), decoder.Decode, config.Run.Seed, position, badSamples);
    }

    private IEvaluator[] Evaluators(ClipModel model, Device device)
    {
        var encoder = new ClipEncoder(model, tokenizer, device, config.Precision);
        return config.Evaluation.Sets.Select<EvaluationSetOptions, IEvaluator>(set => set.Type switch
        {
            EvaluationType.Zeroshot => new ZeroShotEvaluator(set, encoder.EncodeImages, encoder.EncodeTexts, encoder.Resolution, Warn),
            _ => new RetrievalEvaluator(set, encoder.EncodeImages, encoder.EncodeTexts, encoder.Resolution, Warn),
        }).ToArray();
    }

    private void WriteReport(RunStatus status, TrainingState state) => RunReport.Write(folder.Path, new RunReportContent
    {
        Name = config.Run.Name,
        Status = status,
        Date = DateTimeOffset.Now,
        TrainingTime = TimeSpan.FromSeconds(state.ElapsedSeconds),
        BadSamples = state.BadSamples,
    });

    private void Warn(string message) => log.Warning("{Message:l}", message);

    private TrainerOptions Plan(IReadOnlyList<StagePlan> stages, Device device) => new()
    {
        Stages = stages,
        Seed = config.Run.Seed,
        Device = device,
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

    /// <summary>What is trained in one stage.</summary>
    private sealed record Stage(ClipModel Model, ContrastiveObjective Objective, Optimizer Optimizer) : IDisposable
    {
        public void Dispose()
        {
            Optimizer.Dispose();
            Model.Dispose();
        }
    }
}

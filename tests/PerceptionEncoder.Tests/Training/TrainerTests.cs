using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Training;
using Serilog.Core;
using TorchSharp;
using Linear = TorchSharp.Modules.Linear;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private const double Rate = 0.1;

    private readonly ShardFolder shards = new();
    private readonly SourceOptions source;
    private readonly RunFolder folder;
    private readonly Linear model;

    public TrainerTests()
    {
        TorchRuntime.Initialize();
        manual_seed(1);
        source = shards.AddSource("s", [40]);
        folder = RunFolder.Open(new RunOptions { Name = "run", Output = shards.Root });
        model = nn.Linear(2, 1, hasBias: false);
    }

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
        shards.Dispose();
    }

    [Fact]
    public void Each_step_has_a_seed_of_its_own_and_the_same_one_when_it_comes_again()
    {
        var whole = new PulledObjective(model, _ => 1);
        Train(whole, steps: 6);
        var seeds = whole.Contexts.Select(context => context.Seed).ToArray();
        Assert.Equal(6, seeds.Distinct().Count());
        Assert.Equal([0, 1, 2, 3, 4, 5], whole.Contexts.Select(context => context.Step));

        var resumed = new PulledObjective(model, _ => 1);
        Train(resumed, steps: 6, name: "resumed", state: new TrainingState { Step = 3 });
        Assert.Equal(seeds[3..], resumed.Contexts.Select(context => context.Seed));

        var other = new PulledObjective(model, _ => 1);
        Train(other, steps: 6, name: "other", seed: 8);
        Assert.Empty(other.Contexts.Select(context => context.Seed).Intersect(seeds));
    }

    [Fact]
    public void The_moving_average_follows_the_weights_after_every_update_slowly_from_the_start()
    {
        // AdamW without decay moves an entry whose gradient is always 1 by the learning rate at each step.
        var start = Weight();
        var (weight, mean) = ((double)start, (double)start);
        for (var step = 1; step <= 5; step++)
        {
            weight -= Rate;
            var keep = Math.Min(0.9, (1.0 + step) / (10 + step));
            mean = (keep * mean) + ((1 - keep) * weight);
        }

        using var average = new WeightAverage(model, new EmaOptions { Decay = 0.9 });
        Train(new PulledObjective(model, _ => 1), steps: 5, average: average);
        Assert.Equal(weight, Weight(), 1e-5);
        Assert.Equal(mean, average.Tensors.Single().Tensor[0, 0].item<float>(), 1e-5);
    }

    [Fact]
    public void An_evaluation_sees_the_moving_average_and_training_goes_on_with_the_weights()
    {
        using var average = new WeightAverage(model, new EmaOptions { Decay = 0.9 });
        var (seen, means) = (new List<float>(), new List<float>());
        var evaluator = new ScriptedEvaluator(() => seen.Add(Weight()), 0, 0, 0, 0);
        var start = Weight();
        var objective = new PulledObjective(model, _ =>
        {
            means.Add(average.Tensors.Single().Tensor[0, 0].item<float>());
            return 1;
        });
        Train(objective, steps: 4, average: average, evaluators: [evaluator], evaluateEvery: 1);
        means.Add(average.Tensors.Single().Tensor[0, 0].item<float>());

        Assert.Equal(means[1..], seen);
        Assert.Equal(start - (4 * Rate), Weight(), 1e-5);
    }

    [Fact]
    public void The_checkpoint_of_the_highest_figure_is_named_and_outlives_newer_ones()
    {
        Train(
            new PulledObjective(model, _ => 1),
            steps: 6,
            evaluators: [new ScriptedEvaluator(null, 0.2, 0.9, 0.3, 0.5, 0.9, 0.1)],
            evaluateEvery: 1,
            checkpointEvery: 1);
        Assert.Equal("step-000002", File.ReadAllText(Path.Combine(folder.Checkpoints, "best")).Trim());
        Assert.Equal(["step-000002", "step-000006"], Checkpoints("run"));
        Assert.Equal((2L, 0.9), State("run", 6));
    }

    [Fact]
    public void The_best_figure_is_carried_over_an_interruption()
    {
        var before = new TrainingState { Step = 2, EvaluatedStep = 2, BestStep = 2, BestValue = 0.6 };
        Train(
            new PulledObjective(model, _ => 1),
            steps: 5,
            state: before,
            evaluators: [new ScriptedEvaluator(null, 0.5, 0.7, 0.65)],
            evaluateEvery: 1,
            checkpointEvery: 1);
        Assert.Equal((4L, 0.7), State("run", 5));
    }

    [Fact]
    public void Weights_moments_and_average_are_those_of_the_step_their_checkpoint_is_named_after()
    {
        using var average = new WeightAverage(model, new EmaOptions { Decay = 0.5 });
        var start = Weight();
        Train(new PulledObjective(model, _ => 1), steps: 4, average: average, checkpointEvery: 1, keep: 9);
        for (var step = 1; step <= 4; step++)
        {
            var checkpoint = new CheckpointFolder(Path.Combine(folder.Checkpoints, CheckpointFolder.NameOf(step)), step);
            Assert.Equal(start - (step * Rate), Entry(checkpoint.Model, "weight"), 1e-5);
            Assert.Equal(1 - Math.Pow(0.9, step), Entry(checkpoint.Optimizer, "exp_avg/weight"), 1e-6);
            Assert.Equal(1 - Math.Pow(0.95, step), Entry(checkpoint.Optimizer, "exp_avg_sq/weight"), 1e-6);
            Assert.InRange(Entry(checkpoint.Ema, "weight"), start - (step * Rate), start - 0.01);
        }
    }

    [Fact]
    public void A_loss_that_rises_for_good_stops_the_run_and_one_that_is_no_number_does_at_once()
    {
        var guard = new DivergenceOptions { Factor = 2, Patience = 3 };
        var diverged = Assert.Throws<UserErrorException>(
            () => Train(new PulledObjective(model, _ => 1, step => step < 5 ? 1 : 200), steps: 40, divergence: guard));
        Assert.Contains("diverged", diverged.Message, StringComparison.Ordinal);
        Assert.Contains("at step 8 on average", diverged.Message, StringComparison.Ordinal);

        var infinite = Assert.Throws<UserErrorException>(
            () => Train(new PulledObjective(model, _ => 1, step => step < 2 ? 1 : double.NaN), steps: 40, name: "nan"));
        Assert.Contains("at step 3", infinite.Message, StringComparison.Ordinal);
        Train(
            new PulledObjective(model, _ => 1, step => step < 5 ? 1 : 200),
            steps: 40,
            name: "allowed",
            divergence: guard with { Factor = null });
    }

    [Fact]
    public void The_rate_of_a_step_is_that_of_the_steps_before_it_and_gradients_do_not_pile_up()
    {
        foreach (var only in new[] { 0, 2 })
        {
            var start = Weight();
            Train(new PulledObjective(model, _ => 1), steps: 3, name: $"rate-{only}", rate: step => step == only ? 0.5 : 0);
            Assert.Equal(start - 0.5, Weight(), 1e-5);
        }
    }

    [Fact]
    public void A_step_sees_all_its_micro_batches_and_the_state_says_where_reading_goes_on()
    {
        var objective = new PulledObjective(model, _ => 1);
        var trainer = Train(objective, steps: 3, batch: 4, microBatch: 2);
        Assert.All(objective.Keys, keys => Assert.Equal(4, keys.Distinct().Count()));
        Assert.Equal((12, 12), (trainer.State.Samples, trainer.State.Position.Draws));

        var rest = new PulledObjective(model, _ => 1);
        Train(rest, steps: 5, batch: 4, microBatch: 2, name: "rest", state: trainer.State);
        var whole = new PulledObjective(model, _ => 1);
        Train(whole, steps: 5, batch: 4, microBatch: 2, name: "whole");
        Assert.Equal(whole.Keys[3..], rest.Keys);
    }

    [Fact]
    public void Stopped_on_request_the_steps_made_are_kept_and_the_evaluation_that_was_cut_off_comes_again()
    {
        using var stop = new CancellationTokenSource();
        var stopping = new ScriptedEvaluator(() =>
        {
            stop.Cancel();
            stop.Token.ThrowIfCancellationRequested();
        });
        Assert.ThrowsAny<OperationCanceledException>(
            () => Train(new PulledObjective(model, _ => 1), steps: 4, evaluators: [stopping], evaluateEvery: 2, stop: stop.Token));
        var state = CheckpointStore.ReadState(new CheckpointFolder(Path.Combine(folder.Checkpoints, "step-000002"), 2));
        Assert.Equal((2L, 0L), (state.Step, state.EvaluatedStep));

        var asked = 0;
        Train(
            new PulledObjective(model, _ => 1),
            steps: 2,
            state: state,
            evaluators: [new ScriptedEvaluator(() => asked++, 1)],
            evaluateEvery: 2);
        Assert.Equal(1, asked);
    }

    [Fact]
    public void Stopped_in_a_step_that_takes_long_the_checkpoint_of_the_last_one_is_written_meanwhile()
    {
        using var stop = new CancellationTokenSource();
        using var average = new WeightAverage(model, new EmaOptions { Decay = 0.5 });
        var objective = new PulledObjective(model, step =>
        {
            if (step == 2)
            {
                // From another thread, as a signal comes; it returns once a checkpoint is written, while this step still computes.
                var signal = new Thread(stop.Cancel);
                signal.Start();
                signal.Join();
                Assert.Equal(["step-000002"], Checkpoints("run"));
            }

            return 1;
        });
        var start = Weight();
        Assert.ThrowsAny<OperationCanceledException>(() => Train(objective, steps: 4, average: average, stop: stop.Token));
        Assert.Equal(start - (2 * Rate), Weight(), 1e-5);
        Assert.Equal(start - (2 * Rate), Entry(Path.Combine(folder.Checkpoints, "step-000002/model.safetensors"), "weight"), 1e-5);
    }

    [Fact]
    public void Stopped_in_an_evaluation_that_takes_long_the_checkpoint_has_the_weights_and_their_average_in_their_places()
    {
        using var stop = new CancellationTokenSource();
        using var average = new WeightAverage(model, new EmaOptions { Decay = 0.5 });
        var evaluator = new ScriptedEvaluator(
            () =>
            {
                var signal = new Thread(stop.Cancel);
                signal.Start();
                signal.Join();
                Assert.Equal(["step-000003"], Checkpoints("run"));
                stop.Token.ThrowIfCancellationRequested();
            });
        Assert.ThrowsAny<OperationCanceledException>(() => Train(
            new PulledObjective(model, _ => 1),
            steps: 4,
            average: average,
            evaluators: [evaluator],
            evaluateEvery: 3,
            stop: stop.Token));
        var checkpoint = new CheckpointFolder(Path.Combine(folder.Checkpoints, "step-000003"), 3);
        Assert.Equal(Weight(), Entry(checkpoint.Model, "weight"));
        Assert.Equal(average.Tensors.Single().Tensor[0, 0].item<float>(), Entry(checkpoint.Ema, "weight"));
        Assert.NotEqual(Entry(checkpoint.Ema, "weight"), Entry(checkpoint.Model, "weight"));
    }

    [Fact]
    public void An_evaluation_that_was_cut_off_is_made_up_for_names_the_best_and_is_logged_once()
    {
        using var stop = new CancellationTokenSource();
        var other = new ScriptedEvaluator(
            () =>
            {
                stop.Cancel();
                stop.Token.ThrowIfCancellationRequested();
            });
        Assert.ThrowsAny<OperationCanceledException>(
            () => Train(
                new PulledObjective(model, _ => 1),
                steps: 4,
                evaluators: [new ScriptedEvaluator(null, 0.4), other],
                evaluateEvery: 4,
                stop: stop.Token));
        var state = CheckpointStore.ReadState(new CheckpointFolder(Path.Combine(folder.Checkpoints, "step-000004"), 4));
        File.Delete(Path.Combine(folder.Checkpoints, "best"));

        Train(new PulledObjective(model, _ => 1), steps: 4, state: state, evaluators: [new ScriptedEvaluator(null, 0.4)], evaluateEvery: 4);
        Assert.Equal("step-000004", File.ReadAllText(Path.Combine(folder.Checkpoints, "best")).Trim());
        Assert.Equal(4, CheckpointStore.ReadState(new CheckpointFolder(Path.Combine(folder.Checkpoints, "step-000004"), 4)).EvaluatedStep);
        Assert.Single(File.ReadLines(folder.Metrics), line => line.Contains("evaluation", StringComparison.Ordinal));
    }

    [Fact]
    public void A_figure_that_is_no_number_is_never_the_best()
    {
        Train(
            new PulledObjective(model, _ => 1),
            steps: 3,
            evaluators: [new ScriptedEvaluator(null, double.NaN, 0.2, double.NaN)],
            evaluateEvery: 1,
            checkpointEvery: 1);
        Assert.Equal((2L, 0.2), State("run", 3));
    }

    [Fact]
    public void The_last_step_of_a_stage_has_a_checkpoint()
    {
        Train(new PulledObjective(model, _ => 1), steps: 3, checkpointEvery: 1000, later: 5);
        Assert.Equal(["step-000003"], Checkpoints("run"));
    }

    private Trainer Train(
        PulledObjective objective,
        int steps,
        string name = "run",
        TrainingState? state = null,
        ulong seed = 7,
        WeightAverage? average = null,
        IEvaluator[]? evaluators = null,
        long? evaluateEvery = null,
        long checkpointEvery = 1000,
        int keep = 1,
        DivergenceOptions? divergence = null,
        Func<long, double>? rate = null,
        int batch = 2,
        int? microBatch = null,
        int later = 0,
        CancellationToken stop = default)
    {
        using var other = name == "run" ? null : RunFolder.Open(new RunOptions { Name = name, Output = shards.Root });
        var into = other ?? folder;
        Directory.CreateDirectory(into.Checkpoints);
        state ??= new TrainingState();
        var stage = new StageOptions { Resolution = 8, Steps = steps, Batch = batch, MicroBatch = microBatch };
        var plan = StagePlan.Lay(later > 0 ? [stage, stage with { Steps = later }] : [stage]);
        var options = new TrainerOptions
        {
            Stages = plan,
            Seed = seed,
            Device = CPU,
            LearningRate = rate ?? (_ => Rate),
            EvaluateEvery = evaluateEvery,
            CheckpointEvery = checkpointEvery,
            BestMetric = "set/score",
            Divergence = divergence ?? new DivergenceOptions(),
        };
        using var journal = new TrainingJournal(into, state.Step, Logger.None, _ => { }, state.EvaluatedStep);
        var checkpoints = new CheckpointStore(into.Checkpoints, new CheckpointOptions { Keep = keep, Best = "set/score" });
        var trainer = new Trainer(options, state, checkpoints, journal, Logger.None);
        using var optimizer = new OptimizerOptions { Type = OptimizerKind.Adamw, WeightDecay = 0 }.Create(model.named_parameters());
        using var data = new DataLoader(
            new DataOptions { Train = [source], Workers = 1 }, microBatch ?? batch, new BatchLayout(), (_, _, _, _) => { }, 5,
            state.Position, new BadSamples());
        trainer.RunStage(plan[0], new Trainee(objective, optimizer, average), data, again: null, evaluators ?? [], stop);
        return trainer;
    }

    private float Weight() => model.weight[0, 0].item<float>();

    private string[] Checkpoints(string name)
        => [.. Directory.GetDirectories(Path.Combine(shards.Root, name, "checkpoints")).Select(path => Path.GetFileName(path)).Order()];

    private (long? Step, double? Value) State(string name, long step)
    {
        var state = CheckpointStore.ReadState(
            new CheckpointFolder(Path.Combine(shards.Root, name, "checkpoints", CheckpointFolder.NameOf(step)), step));
        return (state.BestStep, state.BestValue);
    }

    private static float Entry(string file, string name)
    {
        using var opened = PerceptionEncoder.Serialization.Weights.SafetensorsFile.Open(file);
        using var tensor = zeros(1, 2);
        opened.ReadInto(name, tensor);
        return tensor[0, 0].item<float>();
    }
}

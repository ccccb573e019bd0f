using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tests.Tensors;
using PerceptionEncoder.Tests.Training;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;
using Serilog.Core;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Training;

/// <summary>
/// Two stages of two steps on different position grids. In the first every gradient is 1, in the second 0: whatever the second one's
/// checkpoints hold beside that comes from what was carried over, and has a closed form.
/// </summary>
public sealed class TrainingRunTests : IDisposable
{
    private const double Rate = 0.1;
    private const double Decay = 0.5;

    private readonly ShardFolder shards = new();
    private readonly List<PulledObjective> objectives = [];

    public TrainingRunTests()
    {
        TorchRuntime.Initialize();
        BpeTrainer.Train(["a cat", "a dog"], BpeTrainer.MinimumVocabularySize).Save(shards.PathOf("tokenizer"));
        shards.AddSource("s", [40]);
    }

    public void Dispose() => shards.Dispose();

    [Fact]
    public void Moments_and_their_count_of_steps_go_from_stage_to_stage()
    {
        Run("run");
        Assert.Equal(
            [1 - Math.Pow(0.9, 1), 1 - Math.Pow(0.9, 2)],
            Steps("run", 1, 2).Select(step => Entry(step.Optimizer, "exp_avg/logit_scale")),
            Near(1e-6));
        var (first, second) = (1 - Math.Pow(0.9, 2), 1 - Math.Pow(0.95, 2));
        Assert.Equal(
            [first * 0.9, first * 0.9 * 0.9],
            Steps("run", 3, 4).Select(step => Entry(step.Optimizer, "exp_avg/logit_scale")),
            Near(1e-6));
        Assert.Equal(
            [second * 0.95, second * 0.95 * 0.95],
            Steps("run", 3, 4).Select(step => Entry(step.Optimizer, "exp_avg_sq/logit_scale")),
            Near(1e-6));

        // Positions lie on another grid; where all are equal their interpolation is too.
        Assert.Equal(first * 0.9, Entry(Steps("run", 3).Single().Optimizer, "exp_avg/visual.positional_embedding"), 1e-5);

        // The third update, bias-corrected as such: m / (1 - 0.9³) over √(v / (1 - 0.95³)).
        var update = Rate * (first * 0.9 / (1 - Math.Pow(0.9, 3))) / Math.Sqrt(second * 0.95 / (1 - Math.Pow(0.95, 3)));
        var weights = Steps("run", 2, 3).Select(step => Entry(step.Model, "logit_scale")).ToArray();
        Assert.Equal(update, weights[0] - weights[1], 1e-5);
    }

    [Fact]
    public void Weights_and_what_training_alone_needs_go_from_stage_to_stage()
    {
        Run("run");
        string[] names = ["logit_scale", "visual.class_embedding", "token_embedding.weight", "text_projection"];
        foreach (var name in names)
        {
            var moved = Entry(Steps("run", 2).Single().Model, name) - Entry(Steps("run", 3).Single().Model, name);
            Assert.InRange(moved, 0.05, 0.12);       // the third update alone: a fresh tensor would be anywhere
        }

        var tokens = Steps("run", 1, 2, 3, 4).Select(step => Entry(step.Optimizer, "training_only/token")).ToArray();
        Assert.Equal([5 - Rate, 5 - (2 * Rate)], tokens[..2], Near(1e-5));
        Assert.InRange(tokens[1] - tokens[2], 0.05, 0.12);
        Assert.InRange(tokens[2] - tokens[3], 0.02, 0.12);
    }

    [Fact]
    public void The_moving_average_goes_from_stage_to_stage()
    {
        Run("run");
        var weights = Steps("run", 1, 2, 3, 4).Select(step => Entry(step.Model, "logit_scale")).ToArray();
        var mean = weights[0] + Rate;               // before the first step
        for (var step = 1; step <= 4; step++)
        {
            var keep = Math.Min(Decay, (1.0 + step) / (10 + step));
            mean = (keep * mean) + ((1 - keep) * weights[step - 1]);
            Assert.Equal(mean, Entry(Steps("run", step).Single().Ema, "logit_scale"), 1e-5);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Stopped_after_any_step_and_resumed_a_run_ends_with_the_tensors_of_one_never_stopped(int stopAfter)
    {
        Run("whole");
        var keys = objectives.SelectMany(objective => objective.Keys).Where(step => step[0] is not null).ToArray();
        objectives.Clear();
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Run("parts", stop: stop, stopAfter: stopAfter));
        Assert.Equal(stopAfter, Directory.GetDirectories(shards.PathOf("parts/checkpoints"), "step-*").Length);
        Run("parts", resume: true);

        Assert.Equal(keys, objectives.SelectMany(objective => objective.Keys).Where(step => step[0] is not null));
        string[] files = ["model.safetensors", "ema.safetensors", "optimizer.safetensors"];
        Assert.All(files, file => Assert.Equal(
            File.ReadAllBytes(shards.PathOf($"whole/checkpoints/step-000004/{file}")),
            File.ReadAllBytes(shards.PathOf($"parts/checkpoints/step-000004/{file}"))));
    }

    [Fact]
    public void The_position_grid_of_a_checkpoint_is_that_of_its_stage()
    {
        Run("run");
        Assert.Equal(
            [1 + 4, 1 + 4, 1 + 9, 1 + 9],
            Steps("run", 1, 2, 3, 4).Select(step => Shape(step.Model, "visual.positional_embedding")[0]));
    }

    [Fact]
    public void Steps_of_a_run_never_share_a_seed_and_samples_come_once_an_epoch()
    {
        Run("run");
        var contexts = objectives.SelectMany(objective => objective.Contexts.Zip(objective.Keys))
            .Where(step => step.Second[0] is not null).ToArray();
        Assert.Equal(4, contexts.Select(step => step.First.Seed).Distinct().Count());
        Assert.Equal([0, 1, 2, 3], contexts.Select(step => step.First.Step));
        Assert.Equal(16, contexts.SelectMany(step => step.Second).Distinct().Count());
    }

    [Fact]
    public void A_run_that_has_checkpoints_is_continued_on_request_only()
    {
        Run("run");
        Assert.Contains("--resume", Assert.Throws<UserErrorException>(() => Run("run")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_is_used_up_is_one_line_that_says_what_to_lower()
    {
        var report = TorchFailure.Of("CUDA out of memory. Tried to allocate 20.00 MiB.\nException raised");
        var failure = Assert.Throws<UserErrorException>(() => Run("run", loss: _ => throw report));
        Assert.Equal(
            "cpu: CUDA out of memory. Tried to allocate 20.00 MiB. Lower stages[].micro_batch, or set memory.recompute_every: 1; "
            + "the run goes on from its last checkpoint with --resume.",
            Assert.Single(failure.Lines));
        Assert.Same(report, failure.InnerException);
    }

    private void Run(
        string name,
        bool resume = false,
        CancellationTokenSource? stop = null,
        int stopAfter = int.MaxValue,
        Func<long, double>? loss = null)
    {
        var config = new PretrainConfig
        {
            Run = new RunOptions { Name = name, Output = shards.Root, LogEvery = 1 },
            Model = new ModelOptions
            {
                Vision = new VisionOptions { PatchSize = 4, Width = 8, Layers = 1, Heads = 2, PoolingHeads = 2, OutputDim = 8 },
                Text = new TextOptions { Width = 8, Layers = 1, Heads = 2, OutputDim = 8 },
            },
            Tokenizer = new TokenizerOptions { Vocabulary = shards.PathOf("tokenizer"), Context = 8 },
            Data = new DataOptions { Train = [new SourceOptions { Shards = shards.PathOf("s-0.tar") }], Workers = 1 },
            Stages =
            [
                new StageOptions { Resolution = 8, Steps = 2, Batch = 4 },
                new StageOptions { Resolution = 12, Steps = 2, Batch = 4 },
            ],
            Optimizer = new OptimizerOptions { Type = OptimizerKind.Adamw, WeightDecay = 0, LearningRate = Rate },
            Schedule = new ScheduleOptions { Type = ScheduleKind.Constant, WarmupSteps = 0 },
            Ema = new EmaOptions { Decay = Decay },
            Checkpoint = new CheckpointOptions { Every = 1, Keep = 9 },
            Compute = new ComputeOptions { Device = DeviceKind.Cpu, CpuMatmul = CpuMatmul.Mkl, Threads = 1 },
        };
        using var folder = RunFolder.Open(config.Run);
        var run = new TrainingRun<ClipModel>(config, folder, Logger.None, progress =>
        {
            if (progress.Step == stopAfter)
            {
                stop!.Cancel();
            }
        });
        var vocabularySize = BpeTrainer.MinimumVocabularySize;
        var task = new TrainingTask<ClipModel>
        {
            Model = stage => config.ModelAt(stage.Resolution, vocabularySize),
            Objective = (model, _) =>
            {
                // Two steps of 1 and two of 0, whichever stage they fall in; a fresh token starts at 5.
                objectives.Add(new PulledObjective(model, step => step < 2 ? 1 : 0, loss, token: new Parameter(full([8], 5f))));
                return objectives[^1];
            },
            Data = new StageData(
                stage => new Batch(new BatchLayout(), [], new string[stage.MicroBatch], DataPosition.Start),
                (stage, position, bad)
                    => new DataLoader(config.Data, stage.MicroBatch, new BatchLayout(), (_, _, _, _) => { }, 5, position, bad)),
        };
        run.Train(resume, task, stop?.Token ?? default);
    }

    private IEnumerable<CheckpointFolder> Steps(string name, params long[] steps)
        => steps.Select(step => new CheckpointFolder(shards.PathOf($"{name}/checkpoints/{CheckpointFolder.NameOf(step)}"), step));

    private static long[] Shape(string file, string name)
    {
        using var opened = SafetensorsFile.Open(file);
        return [.. opened.Entries[name].Shape];
    }

    /// <summary>The first number of a tensor.</summary>
    private static double Entry(string file, string name)
    {
        using var opened = SafetensorsFile.Open(file);
        using var tensor = zeros(Shape(file, name));
        opened.ReadInto(name, tensor);
        return tensor.view(-1)[0].item<float>();
    }

    private static Func<double, double, bool> Near(double tolerance) => (a, b) => Math.Abs(a - b) <= tolerance;
}

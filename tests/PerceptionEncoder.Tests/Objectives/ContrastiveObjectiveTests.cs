using PerceptionEncoder.Data;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Text;
using PerceptionEncoder.Models.Vision;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Objectives;

public sealed class ContrastiveObjectiveTests
{
    private const int Context = 8;

    public ContrastiveObjectiveTests() => TorchRuntime.Initialize();

    [Fact]
    public void Gradient_caching_gives_the_gradient_of_the_whole_batch()
    {
        var whole = Gradients(microBatch: 12, dropPath: 0);
        var cached = Gradients(microBatch: 4, dropPath: 0);

        Assert.Equal(whole.Loss, cached.Loss, 1e-5);
        foreach (var (name, gradient) in whole.ByName)
        {
            var largest = Math.Max(gradient.Max(Math.Abs), 1e-8f);
            Assert.All(gradient.Zip(cached.ByName[name]), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= (1e-5 * largest) + 1e-8, $"{name}: {pair.First} and {pair.Second}"));
        }
    }

    [Fact]
    public void Gradient_caching_replays_the_randomness_of_the_first_encoding()
    {
        // With DropPath the second encoding must drop the same paths: then the step is the derivative of the loss it reports.
        var objective = Objective(dropPath: 0.5);
        var context = new StepContext(0, 3, CPU, Precision.Fp32);
        using var batches = new Batches(4, 4, 4);
        var bias = objective.Model.named_parameters().Single(entry => entry.name == "visual.transformer.resblocks.1.mlp.c_fc.bias").parameter;

        objective.Accumulate(batches.All, context);
        var gradient = bias.grad![0].item<float>();

        const float Step = 1e-2f;
        var losses = new[] { Step, -Step }.Select(offset =>
        {
            using (no_grad())
            {
                bias[0] = bias[0] + offset;
            }

            var loss = objective.Accumulate(batches.All, context)["loss"];
            using (no_grad())
            {
                bias[0] = bias[0] - offset;
            }

            return loss;
        }).ToArray();
        Assert.Equal((losses[0] - losses[1]) / (2 * Step), gradient, 2e-3);
    }

    [Fact]
    public void The_logit_scale_stays_below_its_cap()
    {
        var objective = Objective(dropPath: 0, maxLogitScale: 20);
        var model = (ClipModel)objective.Model;
        using (no_grad())
        {
            model.LogitScale.fill_(Math.Log(500));
        }

        objective.AfterUpdate();
        Assert.Equal(20, model.LogitScale.exp().item<float>(), 1e-3);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(4)]
    public void Steps_leave_no_tensors_behind(int microBatch)
    {
        var objective = Objective(dropPath: 0.1);
        using var optimizer = new OptimizerOptions().Create(objective.Model.named_parameters());
        using var batches = new Batches(Enumerable.Repeat(microBatch, 12 / microBatch).ToArray());
        long Live()
        {
            optimizer.ZeroGradients();
            objective.Accumulate(batches.All, new StepContext(0, 1, CPU, Precision.Fp32));
            optimizer.Step(1e-3);
            objective.AfterUpdate();
            return LiveTensors.Count();
        }

        Live();
        var before = Live();
        for (var step = 0; step < 20; step++)
        {
            Live();
        }

        Assert.Equal(before, Live());
    }

    private static (double Loss, Dictionary<string, float[]> ByName) Gradients(int microBatch, double dropPath)
    {
        var objective = Objective(dropPath);
        using var batches = new Batches(Enumerable.Repeat(microBatch, 12 / microBatch).ToArray());
        var loss = objective.Accumulate(batches.All, new StepContext(0, 3, CPU, Precision.Fp32))["loss"];
        return (loss, objective.Model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!.data<float>().ToArray()));
    }

    private static ContrastiveObjective Objective(double dropPath, double maxLogitScale = 100)
    {
        manual_seed(1);
        return new ContrastiveObjective(
            new ClipModel(new ClipOptions
            {
                Vision = new VisionOptions { ImageSize = 16, PatchSize = 8, Width = 16, Layers = 2, Heads = 2, PoolingHeads = 2, OutputDim = 8, DropPath = dropPath },
                Text = new TextOptions { ContextLength = Context, VocabularySize = 20, Width = 16, Layers = 1, Heads = 2, OutputDim = 8 },
            }),
            maxLogitScale);
    }

    /// <summary>Fixed random samples, the same however they are cut into micro-batches.</summary>
    private sealed class Batches : IDisposable
    {
        public Batches(params int[] sizes)
        {
            manual_seed(2);
            var total = sizes.Sum();
            using var images = randint(0, 256, [total, 3, 16, 16], uint8);
            using var tokens = randint(1, 19, [total, Context], int64);
            tokens[.., Context - 1] = 19;
            var start = 0;
            var all = new List<Batch>();
            foreach (var size in sizes)
            {
                all.Add(new Batch(images.narrow(0, start, size).clone(), tokens.narrow(0, start, size).clone(), Enumerable.Range(start, size).Select(i => $"{i}").ToArray(), DataPosition.Start));
                start += size;
            }

            All = all;
        }

        public IReadOnlyList<Batch> All { get; }

        public void Dispose()
        {
            foreach (var batch in All)
            {
                batch.Dispose();
            }
        }
    }
}

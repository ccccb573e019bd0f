using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Training;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Objectives;

public sealed class VideoContrastiveObjectiveTests
{
    private const int Samples = 6;
    private const int Frames = 3;
    private const int Context = 8;
    private static readonly StepContext Step = new(0, 3, CPU, Precision.Fp32);

    public VideoContrastiveObjectiveTests() => TorchRuntime.Initialize();

    [Theory]
    [InlineData(6, null)]
    [InlineData(2, null)]
    [InlineData(6, 4)]
    [InlineData(6, 1)]
    [InlineData(3, 2)]
    public void Caching_over_clips_and_over_frames_gives_the_gradient_of_the_whole_batch(int microBatch, int? microFrames)
    {
        foreach (var counts in new[] { null, new[] { 3, 1, 3, 1, 1, 3 } })
        {
            var model = Model();
            Reference(model, counts).backward();
            var expected = Gradients(model);
            var (loss, found) = Run(microBatch, microFrames, counts);
            using var again = Reference(Model(), counts);
            Assert.Equal(again.item<float>(), loss, 1e-5);
            foreach (var (name, gradient) in expected)
            {
                var largest = Math.Max(gradient.Max(Math.Abs), 1e-7f);
                Assert.All(gradient.Zip(found[name]), pair => Assert.True(
                    Math.Abs(pair.First - pair.Second) <= (2e-5 * largest) + 1e-8,
                    $"{name}: {pair.First} and {pair.Second}"));
            }
        }
    }

    [Fact]
    public void Frames_that_hold_nothing_change_nothing()
    {
        int[] counts = [1, 1, 1, 1, 1, 1];
        var clean = Run(6, null, counts);
        var dirty = Run(6, null, counts, spoil: true);
        Assert.Equal(clean.Loss, dirty.Loss);
    }

    [Fact]
    public void Images_alone_are_the_contrastive_objective()
    {
        var (model, other) = (Model(), Model());
        using var images = new Batch(
            ImageTextBatch.Layout(16, Context),
            [Clips()[.., 0].contiguous(), Captions()],
            new string[Samples],
            DataPosition.Start);
        using var frames = new Batch(
            ClipTextBatch.Layout(1, 16, Context),
            [Clips()[.., ..1].contiguous(), Captions()],
            new string[Samples],
            DataPosition.Start);
        var loss = new VideoContrastiveObjective(model, 100).Accumulate([frames], Step)["loss"];
        Assert.Equal(new ContrastiveObjective(other, 100).Accumulate([images], Step)["loss"], loss, 1e-5);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    public void A_frozen_tower_gets_no_gradient_and_the_other_its_own(int? microFrames)
    {
        foreach (var freeze in new[] { new FreezeOptions { Text = true }, new FreezeOptions { Vision = true } })
        {
            var found = Run(3, microFrames, null, freeze: freeze).Gradients;
            var free = Run(3, microFrames, null).Gradients;
            Assert.Equal(
                free.Keys.Where(name => name == "logit_scale" || name.StartsWith("visual.", StringComparison.Ordinal) == freeze.Text)
                    .Order(),
                found.Keys.Order());
            Assert.All(found, entry => Assert.Equal(free[entry.Key], entry.Value));
        }
    }

    [Fact]
    public void Randomness_is_replayed_when_frames_are_encoded_again()
    {
        // With DropPath the second encoding must drop the same paths: then the step is the derivative of the loss it reports.
        var objective = new VideoContrastiveObjective(Model(dropPath: 0.5), 100, microFrames: 2);
        var bias = objective.Model.named_parameters().Single(
            entry => entry.name == "visual.transformer.resblocks.1.mlp.c_fc.bias").parameter;
        using var batch = Batch(null);
        objective.Accumulate([batch], Step);
        var gradient = bias.grad![0].item<float>();
        const float Offset = 1e-2f;
        var losses = new[] { Offset, -2 * Offset }.Select(offset =>
        {
            using var noGradient = no_grad();
            bias[0] = bias[0] + offset;
            using var enabled = enable_grad();
            return objective.Accumulate([batch], Step)["loss"];
        }).ToArray();
        Assert.Equal((losses[0] - losses[1]) / (2 * Offset), gradient, 2e-3);
    }

    [Theory]
    [InlineData(6, null)]
    [InlineData(3, 2)]
    public void Steps_leave_no_tensors_behind(int microBatch, int? microFrames)
    {
        var objective = new VideoContrastiveObjective(Model(dropPath: 0.1), 100, microFrames);
        using var optimizer = new OptimizerOptions().Create(objective.Model.named_parameters());
        var batches = Cut(microBatch, [3, 1, 3, 1, 1, 3]);
        long Live()
        {
            optimizer.ZeroGradients();
            objective.Accumulate(batches, Step);
            optimizer.Step(1e-3);
            objective.AfterUpdate();
            return LiveTensors.Count();
        }

        Live();
        var before = Live();
        for (var step = 0; step < 10; step++)
        {
            Live();
        }

        Assert.Equal(before, Live());
        batches.ForEach(batch => batch.Dispose());
    }

    private static (double Loss, Dictionary<string, float[]> Gradients) Run(
        int microBatch,
        int? microFrames,
        int[]? counts,
        bool spoil = false,
        FreezeOptions? freeze = null)
    {
        var model = Model();
        freeze?.Apply(model);
        var batches = Cut(microBatch, counts);
        if (spoil)
        {
            batches.ForEach(batch => new ClipTextBatch(batch).Frames[.., 1..].fill_(255));
        }

        var loss = new VideoContrastiveObjective(model, 100, microFrames).Accumulate(batches, Step)["loss"];
        batches.ForEach(batch => batch.Dispose());
        return (loss, Gradients(model));
    }

    /// <summary>Written plainly: every frame, every mean, one loss, one graph.</summary>
    private static Tensor Reference(ClipModel model, int[]? counts)
    {
        using var scope = NewDisposeScope();
        var clips = Pixels.Normalize(Clips());
        var features = stack(
            Enumerable.Range(0, Samples).Select(i => model.EncodeImage(clips[i][..(counts?[i] ?? Frames)], normalize: true).mean([0])));
        return ContrastiveLoss.Symmetric(features, model.EncodeText(Captions(), normalize: true), model.LogitScale.exp())
            .MoveToOuterDisposeScope();
    }

    private static Dictionary<string, float[]> Gradients(ClipModel model)
        => model.named_parameters().Where(entry => entry.parameter.grad is not null)
            .ToDictionary(entry => entry.name, entry => entry.parameter.grad!.data<float>().ToArray());

    private static Batch Batch(int[]? counts) => Cut(Samples, counts)[0];

    private static List<Batch> Cut(int microBatch, int[]? counts)
    {
        using var clips = Clips();
        using var captions = Captions();
        return [.. Enumerable.Range(0, Samples / microBatch).Select(i => new Batch(
            ClipTextBatch.Layout(Frames, 16, Context),
            [clips.narrow(0, i * microBatch, microBatch).clone(), captions.narrow(0, i * microBatch, microBatch).clone()],
            new string[microBatch],
            DataPosition.Start)
        {
            FilledLengths = counts is null
                ? null
                : [counts[(i * microBatch)..((i + 1) * microBatch)], [.. Enumerable.Repeat(Context, microBatch)]],
        })];
    }

    private static Tensor Clips()
    {
        manual_seed(2);
        return randint(0, 256, [Samples, Frames, 3, 16, 16], uint8);
    }

    private static Tensor Captions()
    {
        manual_seed(4);
        var tokens = randint(1, 19, [Samples, Context], int64);
        tokens[.., Context - 1] = 19;
        return tokens;
    }

    private static ClipModel Model(double dropPath = 0)
    {
        manual_seed(1);
        return new ClipModel(new ClipOptions
        {
            Vision = new VisionOptions
            {
                ImageSize = 16,
                PatchSize = 8,
                Width = 16,
                Layers = 2,
                Heads = 2,
                PoolingHeads = 2,
                OutputDim = 8,
                DropPath = dropPath,
            },
            Text = new TextOptions { ContextLength = Context, VocabularySize = 20, Width = 16, Layers = 1, Heads = 2, OutputDim = 8 },
        });
    }
}

using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Distributed;

/// <summary>One step of an objective by one rank, and by two whose micro-batches make the same batch.</summary>
public sealed class ObjectiveRanksTests
{
    private const int Samples = 12;
    private const int Frames = 3;
    private const int Side = 8;
    private const int Context = 6;

    private static readonly int[] FrameCounts = [3, 1, 2, 3, 3, 1, 1, 2, 3, 3, 2, 1];

    public ObjectiveRanksTests() => TorchRuntime.Initialize();

    [Fact]
    public void Contrastive_gradients_of_two_ranks_sum_to_those_of_one()
        => AssertSame(model => new ContrastiveObjective(model, 100, lossTile: 5), Images);

    [Fact]
    public void The_local_loss_has_the_same_gradients()
        => AssertSame(model => new ContrastiveObjective(model, 100, lossTile: 5, localLoss: true), Images);

    [Fact]
    public void Gradients_that_travel_as_bfloat16_agree_to_its_eight_bits()
        => AssertSame(model => new ContrastiveObjective(model, 100, lossTile: 5), Images, dtype: ReduceDtype.Bf16, tolerance: 1e-2);

    [Fact]
    public void Masks_are_the_same_whichever_rank_has_the_image()
        => AssertSame(
            model =>
            {
                manual_seed(6);
                return new ContrastiveObjective(model, 100, new MaskedTokenAlignment(new MaskOptions { Share = 0.75, Ratio = 0.5 }, 16));
            },
            Images);

    [Fact]
    public void Every_micro_batch_may_be_the_last_and_the_only_one()
        => AssertSame(
            model =>
            {
                manual_seed(6);
                return new ContrastiveObjective(model, 100, new MaskedTokenAlignment(new MaskOptions { Share = 1, Ratio = 0.5 }, 16));
            },
            Images,
            microBatch: 6);

    [Fact]
    public void Clips_of_several_lengths_can_be_dealt_to_ranks()
        => AssertSame(model => new VideoContrastiveObjective(model, 100, microFrames: 4), Clips);

    [Fact]
    public void Ranks_learn_from_the_teachers_distribution_over_the_batch_of_all()
    {
        // Each rank has a teacher of its own, as each process has.
        AssertSame(model => new DistillationObjective(model, new DistillationTeacher(Model(seed: 9), null), 200, 100), Images);
    }

    private static void AssertSame(
        Func<ClipModel, IObjective> objective,
        Func<int[], Batch> batch,
        int microBatch = 2,
        ReduceDtype dtype = ReduceDtype.Fp32,
        double tolerance = 1e-5)
    {
        using var scope = NewDisposeScope();
        var alone = objective(Model(seed: 4));
        var loss = Step(alone, World.Single, batch, microBatch: 6);
        IObjective[] ranks = [objective(Model(seed: 4)), objective(Model(seed: 4))];
        var losses = new double[2];
        LoopBack.Run(2, world => losses[world.Rank] = Step(ranks[world.Rank], world, batch, microBatch, dtype));

        Assert.All(losses, shared => Assert.Equal(loss, shared, 1e-5 * loss));
        foreach (var rank in ranks)
        {
            foreach (var ((name, expected), (_, found)) in alone.Model.named_parameters().Zip(rank.Model.named_parameters()))
            {
                var difference = (expected.grad! - found.grad!).norm().item<float>();
                Assert.True(difference <= (tolerance * expected.grad!.norm().item<float>()) + 1e-7, $"{name}: {difference:0.0e+0}");
            }
        }
    }

    /// <summary>The loss; gradients are left summed over all ranks.</summary>
    private static double Step(
        IObjective objective,
        World world,
        Func<int[], Batch> batch,
        int microBatch,
        ReduceDtype dtype = ReduceDtype.Fp32)
    {
        using var scope = NewDisposeScope();
        var mine = Enumerable.Range(0, Samples).Where(sample => sample % world.Size == world.Rank);
        var microBatches = MicroBatches.Of([.. mine.Chunk(microBatch).Select(batch)]);
        (string Name, Parameter Parameter)[] trained = [.. objective.Model.named_parameters(), .. objective.TrainingOnly];
        var reduction = new GradientReduction(
            world.Collective,
            new DistributedOptions { BucketBytes = 1000, ReduceDtype = dtype },
            objective.Model,
            trained,
            shard: null);
        reduction.Begin();
        var metrics = objective.Accumulate(
            microBatches,
            new StepContext(0, 3, CPU, Precision.Fp32) { World = world, Reduction = reduction });
        Assert.True(reduction.BegunEarly > 0);
        reduction.End();
        return metrics["loss"];
    }

    private static Batch Images(int[] samples) => new(
        ImageTextBatch.Layout(Side, Context), [Pixels()[.., 0].index_select(0, Index(samples)), Captions().index_select(0, Index(samples))],
        new string[samples.Length], DataPosition.Start);

    private static Batch Clips(int[] samples) => new(
        ClipTextBatch.Layout(Frames, Side, Context), [Pixels().index_select(0, Index(samples)), Captions().index_select(0, Index(samples))],
        new string[samples.Length], DataPosition.Start)
    {
        FilledLengths = [[.. samples.Select(sample => FrameCounts[sample])], [.. samples.Select(_ => Context)]],
    };

    private static Tensor Index(int[] samples) => tensor(Array.ConvertAll(samples, sample => (long)sample));

    private static Tensor Pixels()
        => ((arange(Samples * Frames * 3 * Side * Side, int64) * 7919) % 251).to(uint8).view(Samples, Frames, 3, Side, Side);

    private static Tensor Captions()
    {
        var ids = ((arange(Samples * Context, int64) * 31) % 17 + 1).view(Samples, Context);
        ids[.., Context - 1] = 19;
        return ids;
    }

    private static ClipModel Model(long seed)
    {
        manual_seed(seed);
        return new ClipModel(new ClipOptions
        {
            Vision =
                new VisionOptions { Width = 16, Layers = 1, Heads = 2, PatchSize = 4, ImageSize = Side, PoolingHeads = 2, OutputDim = 8 },
            Text = new TextOptions { Width = 16, Layers = 1, Heads = 2, ContextLength = Context, VocabularySize = 20, OutputDim = 8 },
        });
    }
}

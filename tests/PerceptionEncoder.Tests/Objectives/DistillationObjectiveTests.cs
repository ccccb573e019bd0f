using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Training;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Objectives;

public sealed class DistillationObjectiveTests : IDisposable
{
    private const int Side = 16;
    private const int Context = 10;
    private static readonly StepContext Step = new(0, 3, CPU, Precision.Fp32);

    private readonly string folder = Directory.CreateTempSubdirectory("pe-distillation-").FullName;

    public DistillationObjectiveTests() => TorchRuntime.Initialize();

    [Fact]
    public void Gradient_caching_gives_the_gradient_of_the_whole_batch_and_none_to_the_teacher()
    {
        using var teacher = Model(seed: 1, side: Side, context: Context, width: 24);
        var (whole, cached) = (Gradients(teacher, 12), Gradients(teacher, 4));
        Assert.Equal(whole.Loss, cached.Loss, 1e-5);
        foreach (var (name, gradient) in whole.ByName)
        {
            var largest = Math.Max(gradient.Max(Math.Abs), 1e-7f);
            Assert.All(
                gradient.Zip(cached.ByName[name]),
                pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-5 * largest, $"{name}: {pair.First} and {pair.Second}"));
        }

        Assert.All(teacher.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void The_loss_is_the_divergence_from_the_teacher_on_its_own_input_size_and_context()
    {
        using var scope = NewDisposeScope();
        using var teacher = Model(seed: 1, side: Side, context: Context, width: 24);
        using var student = Model(seed: 2, side: Side / 2, context: 6, width: 16);
        using var batch = Batches(12)[0];
        var loss = new DistillationObjective(student, new DistillationTeacher(teacher, null), 200, 100).Accumulate([batch], Step)["loss"];

        using var noGradient = no_grad();
        var small = Pixels.Normalize(nn.functional.interpolate(
            batch["image"].to(float32),
            [Side / 2, Side / 2],
            mode: InterpolationMode.Bilinear,
            align_corners: false,
            antialias: true).round());
        var cut = batch["tokens"].narrow(1, 0, 6).clone();
        cut[.., 5] = 19;                                        // every caption is longer than six
        var expected = TiledDistillationLoss.Of(
            student.EncodeImage(small, normalize: true), student.EncodeText(cut, normalize: true), student.LogitScale.exp(),
            teacher.EncodeImage(Pixels.Normalize(batch["image"]), normalize: true), teacher.EncodeText(batch["tokens"], normalize: true),
            200);
        Assert.Equal(expected.Loss.item<float>(), loss, 1e-5);
    }

    [Fact]
    public void Pairs_that_come_again_are_taken_from_the_cache_with_the_same_result()
    {
        using var teacher = Model(seed: 1, side: Side, context: Context, width: 24);
        var fresh = Gradients(teacher, 4);
        using var cache = new FeatureCache(folder, "teacher", 2 * 8);
        var first = Gradients(teacher, 4, cache);
        Assert.Equal(12, cache.Count);
        var again = Gradients(teacher, 6, cache);
        Assert.Equal(12, cache.Count);
        Assert.Equal((0.0, 1.0), (first.CachedShare, again.CachedShare));
        Assert.Equal(fresh.Loss, first.Loss, 1e-6);
        Assert.Equal(fresh.Loss, again.Loss, 1e-6);
    }

    [Fact]
    public void The_students_randomness_is_replayed_and_is_the_steps_own()
    {
        using var teacher = Model(seed: 1, side: Side, context: Context, width: 24);
        using var student = Model(seed: 2, side: Side, context: Context, width: 16, dropPath: 0.5);
        var objective = new DistillationObjective(student, new DistillationTeacher(teacher, null), 200, 100);
        var batches = Batches(4);
        double Loss(long seed) => objective.Accumulate(batches, Step with { Seed = seed })["loss"];
        Assert.Equal(Loss(3), Loss(3));
        Assert.NotEqual(Loss(3), Loss(4));

        // The second encoding drops the paths of the first: then the gradient is the derivative of the loss that is reported.
        student.zero_grad();
        Loss(3);
        var bias = student.named_parameters().Single(entry => entry.name == "visual.transformer.resblocks.1.mlp.c_fc.bias").parameter;
        var gradient = bias.grad![0].item<float>();
        const float Offset = 1e-2f;
        double At(float offset)
        {
            Move(offset);
            var loss = Loss(3);
            Move(-offset);
            return loss;
        }

        void Move(float offset)
        {
            using var noGradient = no_grad();
            bias[0] = bias[0] + offset;
        }

        Assert.Equal((At(Offset) - At(-Offset)) / (2 * Offset), gradient, 2e-3);
        Array.ForEach(batches, batch => batch.Dispose());
    }

    [Fact]
    public void Steps_leave_no_tensors_behind()
    {
        using var teacher = Model(seed: 1, side: Side, context: Context, width: 24);
        using var student = Model(seed: 2, side: Side, context: Context, width: 16);
        using var cache = new FeatureCache(folder, "teacher", 2 * 8);
        var objective = new DistillationObjective(student, new DistillationTeacher(teacher, cache), 200, 100);
        var batches = Batches(4);
        long Live()
        {
            objective.Accumulate(batches, Step);
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
        Array.ForEach(batches, batch => batch.Dispose());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static (double Loss, double CachedShare, Dictionary<string, float[]> ByName) Gradients(
        ClipModel teacher,
        int microBatch,
        FeatureCache? cache = null)
    {
        using var student = Model(seed: 2, side: Side, context: Context, width: 16);
        var batches = Batches(microBatch);
        var metrics = new DistillationObjective(student, new DistillationTeacher(teacher, cache), 200, 100).Accumulate(batches, Step);
        Array.ForEach(batches, batch => batch.Dispose());
        return (
            metrics["loss"],
            metrics["teacher_cached"],
            student.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!.data<float>().ToArray()));
    }

    private static ClipModel Model(long seed, int side, int context, int width, double dropPath = 0)
    {
        manual_seed(seed);
        var model = new ClipModel(new ClipOptions
        {
            Vision = new VisionOptions
            {
                ImageSize = side,
                PatchSize = 4,
                Width = width,
                Layers = 2,
                Heads = 2,
                PoolingHeads = 2,
                OutputDim = 8,
                DropPath = dropPath,
            },
            Text = new TextOptions { ContextLength = context, VocabularySize = 20, Width = 16, Layers = 1, Heads = 2, OutputDim = 8 },
        });
        model.eval();
        return model;
    }

    /// <summary>Twelve fixed random pairs in micro-batches.</summary>
    private static Batch[] Batches(int microBatch)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var images = randint(0, 256, [12, 3, Side, Side], uint8);
        var tokens = randint(1, 19, [12, Context], int64);
        tokens[.., Context - 1] = 19;
        return [.. Enumerable.Range(0, 12 / microBatch).Select(i => new Batch(
            ImageTextBatch.Layout(Side, Context),
            [
                images.narrow(0, i * microBatch, microBatch).clone().DetachFromDisposeScope(),
                tokens.narrow(0, i * microBatch, microBatch).clone().DetachFromDisposeScope(),
            ],
            new string[microBatch],
            DataPosition.Start))];
    }
}

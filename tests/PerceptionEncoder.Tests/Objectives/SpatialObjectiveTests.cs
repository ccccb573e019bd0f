using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Models.Segmentation;
using PerceptionEncoder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Objectives;

public sealed class SpatialObjectiveTests
{
    private const int Side = 32, Patch = 8, Grid = Side / Patch, Channels = 6;

    private static readonly SpatialOptions Both = new() { Tile = 5 };
    private static readonly SpatialOptions SelfOnly = Both with { LocalWeight = 0 };
    private static readonly SpatialOptions MapsOnly = Both with { CoreWeight = 0 };

    public SpatialObjectiveTests() => TorchRuntime.Initialize();

    public static TheoryData<SpatialOptions> Switches() => new(Both, SelfOnly, MapsOnly, Both with { Pairs = SpatialPairSource.Tokens });

    [Theory]
    [MemberData(nameof(Switches))]
    public void Micro_batches_have_the_loss_and_the_gradient_of_the_whole(SpatialOptions options)
    {
        using var scope = NewDisposeScope();
        var whole = Step(options, [9]);
        AssertClose(whole, Step(options, [4, 3, 2]));
        AssertClose(whole, Step(options, [1, 1, 1, 1, 1, 1, 1, 1, 1]));
        Assert.Contains("mask_token", whole.Gradients.Keys);
    }

    [Fact]
    public void Both_losses_have_the_sum_of_the_gradients_of_each()
    {
        using var scope = NewDisposeScope();
        var (both, self, maps) = (Step(Both with { CoreWeight = 2, LocalWeight = 3 }, [6]), Step(SelfOnly, [6]), Step(MapsOnly, [6]));
        Assert.Equal((2 * self.Metrics["loss"]) + (3 * maps.Metrics["loss"]), both.Metrics["loss"], 1e-5);
        Assert.Equal(self.Metrics["core_loss"], both.Metrics["core_loss"], 1e-6);
        Assert.Equal(maps.Metrics["local_loss"], both.Metrics["local_loss"], 1e-6);
        foreach (var (name, gradient) in both.Gradients)
        {
            var expected = (2 * self.Gradients[name]) + (3 * maps.Gradients[name]);
            Assert.True((gradient - expected).abs().max().item<float>() <= 1e-5 * Math.Max(1, expected.abs().max().item<float>()), name);
        }
    }

    [Fact]
    public void Each_loss_reports_its_own_figures()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(["core_loss", "core_similarity", "loss"], Step(SelfOnly, [2]).Metrics.Keys.Order());
        Assert.Equal(
            ["local_loss", "loss", "teacher_similarity", "token_similarity"],
            Step(MapsOnly, [2]).Metrics.Keys.Order());
        var metrics = Step(Both, [2]).Metrics;
        Assert.Equal(1, metrics["core_loss"] + metrics["core_similarity"], 1e-6);
    }

    /// <summary>As autograd has it of the definitions, on whole matrices of similarities.</summary>
    [Fact]
    public void A_step_is_that_of_both_definitions()
    {
        using var scope = NewDisposeScope();
        var step = Step(Both, [5], hides: false);
        using var student = Tower();
        using var frozen = Tower();
        using var batch = BatchOf(0, 5);
        var pixels = Pixels.Normalize(batch["image"]);
        var tokens = student.ForwardFeatures(pixels, norm: true, stripClassToken: true);
        var taught = frozen.ForwardFeatures(pixels, 0, stripClassToken: true).detach();
        var wanted = (20 * (Cosines(batch["teacher_map"].flatten(2).transpose(1, 2)) - 1)).exp();
        var core = (1 - nn.functional.cosine_similarity(tokens, taught, dim: -1)).mean();
        var local = (Cosines(tokens) - wanted).pow(2).mean();
        (core + local).backward();
        Assert.Equal(core.item<float>(), step.Metrics["core_loss"], 1e-5);
        Assert.Equal(local.item<float>(), step.Metrics["local_loss"], 1e-5);
        Assert.Equal(Cosines(tokens).mean().item<float>(), step.Metrics["token_similarity"], 1e-5);
        Assert.Equal(wanted.mean().item<float>(), step.Metrics["teacher_similarity"], 1e-5);
        AssertClose(new Found(step.Metrics, Gradients(student)), step);

        static Tensor Cosines(Tensor all)
        {
            var unit = all / all.norm(-1, true);
            return matmul(unit, unit.transpose(1, 2));
        }
    }

    [Fact]
    public void A_step_is_the_same_each_time_and_another_with_another_seed()
    {
        using var scope = NewDisposeScope();
        var first = Step(Both, [4, 4], dropPath: 0.4);
        AssertClose(first, Step(Both, [4, 4], dropPath: 0.4), tolerance: 0);
        Assert.NotEqual(first.Metrics["core_loss"], Step(Both, [4, 4], dropPath: 0.4, seed: 4).Metrics["core_loss"]);
        Assert.NotEqual(first.Metrics["core_loss"], Step(Both, [4, 4]).Metrics["core_loss"]);
        Assert.NotEqual(Step(Both, [4, 4], hides: false).Metrics["core_loss"], Step(Both, [4, 4]).Metrics["core_loss"]);
    }

    [Fact]
    public void A_student_that_is_its_teacher_has_nothing_to_learn_from_it()
    {
        using var scope = NewDisposeScope();
        var tokens = Step(
            Both with { Pairs = SpatialPairSource.Tokens, Sharpness = null },
            [3, 3],
            hides: false,
            layer: -1,
            options: Tower(useLnPost: false).Options);
        Assert.Equal(0, tokens.Metrics["loss"], 1e-6);
        Assert.Equal(tokens.Metrics["token_similarity"], tokens.Metrics["teacher_similarity"], 1e-6);
        Assert.All(tokens.Gradients.Values, gradient => Assert.True(gradient.abs().max().item<float>() < 1e-5));
    }

    [Fact]
    public void Without_teacher_maps_self_distillation_goes_on_and_the_other_loss_stops()
    {
        using var scope = NewDisposeScope();
        using var student = Tower();
        using var frozen = Tower();
        using var batch = DenseBatch.Noise(2, Side);
        var context = new StepContext(0, 3, CPU, Precision.Fp32);
        Assert.NotEqual(0, Objective(SelfOnly).Accumulate(MicroBatches.Of(batch), context)["loss"]);
        Assert.Throws<ArgumentException>(() => Objective(Both).Accumulate(MicroBatches.Of(batch), context));
        Assert.All(frozen.parameters(), parameter => Assert.Null(parameter.grad));

        SpatialObjective Objective(SpatialOptions options) => new(student, options, new SpatialTeacher(frozen, 0));
    }

    [Fact]
    public void Maps_of_another_grid_are_resampled_to_the_patches()
    {
        using var scope = NewDisposeScope();
        using var student = Tower();
        using var small = BatchOf(0, 2);
        using var large = new Batch(
            DenseBatch.Layout(Side, Channels, 2 * Grid),
            [small["image"].clone(), small["teacher_map"].repeat_interleave(2, 2).repeat_interleave(2, 3)],
            small.Keys,
            small.Next);
        var objective = new SpatialObjective(student, MapsOnly, teacher: null);
        var context = new StepContext(0, 3, CPU, Precision.Fp32);
        Assert.Equal(
            objective.Accumulate(MicroBatches.Of(small), context)["local_loss"],
            objective.Accumulate(MicroBatches.Of(large), context)["local_loss"],
            1e-6);
    }

    [Fact]
    public void A_smaller_student_follows_an_aligned_tower_through_a_projection()
    {
        using var scope = NewDisposeScope();
        using var student = Tower();
        using var wide = new VisionTransformer(student.Options with { Width = 32 });
        using var projection = new SpatialProjection(16, 32);
        var objective = new SpatialObjective(
            student,
            Both with { Pairs = SpatialPairSource.Tokens, Sharpness = null },
            new SpatialTeacher(wide, -1),
            projection: projection);
        using var batch = DenseBatch.Noise(3, Side);
        var metrics = objective.Accumulate(MicroBatches.Of(batch), new StepContext(0, 3, CPU, Precision.Fp32));
        var (name, weight) = objective.TrainingOnly.Single();
        Assert.Equal("teacher_projection", name);

        var pixels = Pixels.Normalize(batch["image"]);
        var tokens = student.ForwardFeatures(pixels, norm: true, stripClassToken: true);
        var taught = wide.ForwardFeatures(pixels, stripClassToken: true);
        var (reported, found) = (metrics["core_loss"], weight.grad!.clone());
        weight.grad.zero_();
        var core = (1 - nn.functional.cosine_similarity(projection.call(tokens), taught, dim: -1)).mean();
        core.backward();
        Assert.Equal(core.item<float>(), reported, 1e-5);
        Assert.True((weight.grad - found).abs().max().item<float>() < 1e-5);
    }

    [Fact]
    public void A_teacher_with_other_patches_sees_the_image_at_the_size_that_has_the_same_grid()
    {
        using var scope = NewDisposeScope();
        using var student = Tower();
        using var fine = Tower(Patch / 2);
        using var batch = BatchOf(0, 2);
        var objective = new SpatialObjective(student, SelfOnly, new SpatialTeacher(fine, 0, Side / 2));
        var loss = objective.Accumulate(MicroBatches.Of(batch), new StepContext(0, 3, CPU, Precision.Fp32))["core_loss"];
        var small = nn.functional.interpolate(
            batch["image"].to(float32), [Side / 2, Side / 2], mode: InterpolationMode.Bilinear, align_corners: false, antialias: true);
        var taught = fine.ForwardFeatures(Pixels.Normalize(small.round().to(uint8)), 0, stripClassToken: true);
        var tokens = student.ForwardFeatures(Pixels.Normalize(batch["image"]), norm: true, stripClassToken: true);
        Assert.Equal((1 - nn.functional.cosine_similarity(tokens, taught, dim: -1)).mean().item<float>(), loss, 1e-5);
    }

    [Fact]
    public void Maps_are_made_of_the_images_where_batches_bring_none()
    {
        using var scope = NewDisposeScope();
        using var student = Tower();
        using var model = SmallSegmentationModel.Build();
        using var segmenter = new Segmenter(model, CPU);
        using var plain = DenseBatch.Noise(2, Side);
        var images = plain["image"];
        Tensor[] maps =
        [
            .. Enumerable.Range(0, 2).Select(i => segmenter.GridLogits(segmenter.Encode(images[i]), 3, Grid, Grid).permute(2, 0, 1)),
        ];
        using var stored = new Batch(DenseBatch.Layout(Side, 9, Grid), [images.clone(), stack(maps)], plain.Keys, plain.Next);
        var context = new StepContext(0, 3, CPU, Precision.Fp32);
        Assert.Equal(
            new SpatialObjective(student, MapsOnly, null).Accumulate(MicroBatches.Of(stored), context)["local_loss"],
            new SpatialObjective(student, MapsOnly, null, maps: new PromptedMaps(segmenter, 3))
                .Accumulate(MicroBatches.Of(plain), context)["local_loss"],
            1e-6);
    }

    [Fact]
    public void Narrow_products_come_close()
    {
        using var scope = NewDisposeScope();
        var (exact, narrow) = (Step(Both, [4]), Step(Both, [4], precision: Precision.Bf16));
        Assert.Equal(exact.Metrics["loss"], narrow.Metrics["loss"], 2e-2);
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        using var student = Tower();
        using var other = Tower(Patch / 2);
        using var wide = new VisionTransformer(Tower().Options with { Width = 32 });
        using var leavesOut = new VisionTransformer(Tower().Options with { PatchDropout = 0.5 });
        AssertProblem("both losses have weight 0", () => new SpatialObjective(student, SelfOnly with { CoreWeight = 0 }, null));
        AssertProblem("need a frozen tower", () => new SpatialObjective(student, SelfOnly, null));
        AssertProblem(
            "the teacher sees 8 patches a side and the student 4; teacher.resolution 16 has as many",
            () => Create(student, other));
        AssertProblem("the teacher has 32 channels and the student 16", () => Create(student, wide));
        AssertProblem("patch_dropout", () => Create(leavesOut, student));
        AssertProblem("layer 2 does not exist", () => new SpatialTeacher(student, 2));

        static void AssertProblem(string part, Func<object> create)
            => Assert.Contains(part, Assert.Throws<UserErrorException>(create).Message);
        static SpatialObjective Create(VisionTransformer student, VisionTransformer teacher)
            => new(student, Both, new SpatialTeacher(teacher, 0));
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using var student = Tower(dropPath: 0.4);
        using var frozen = Tower();
        using var mask = new SpatialMask(new SpatialMaskOptions(), student.Options.Width);
        var objective = new SpatialObjective(student, Both, new SpatialTeacher(frozen, 0), mask);
        using var batch = BatchOf(0, 3);
        void Run() => objective.Accumulate(MicroBatches.Of(batch, batch), new StepContext(0, 3, CPU, Precision.Fp32));

        Run();
        var tensors = LiveTensors.Count();
        Run();
        Run();
        Assert.Equal(tensors, LiveTensors.Count());
    }

    /// <summary>The tower of all tests: LayerScale, a class token, two layers.</summary>
    private static VisionTransformer Tower(int patch = Patch, double dropPath = 0, bool useLnPost = true)
    {
        manual_seed(11);
        var tower = new VisionTransformer(new VisionOptions
        {
            ImageSize = Side, PatchSize = patch, Width = 16, Layers = 2, Heads = 2, Pooling = Pooling.None, OutputDim = null,
            UseLnPost = useLnPost, LayerScale = 0.1, DropPath = dropPath,
        });
        using var noGradient = no_grad();
        foreach (var parameter in tower.parameters())
        {
            parameter.add_(randn_like(parameter) * 0.1);
        }

        return tower;
    }

    private static Found Step(
        SpatialOptions losses,
        int[] sizes,
        double dropPath = 0,
        bool hides = true,
        long seed = 3,
        int layer = 0,
        VisionOptions? options = null,
        Precision precision = Precision.Fp32)
    {
        var useLnPost = options?.UseLnPost ?? true;
        using var student = Tower(dropPath: dropPath, useLnPost: useLnPost);
        using var frozen = Tower(dropPath: 0.4, useLnPost: useLnPost);                       // which a frozen tower does not
        manual_seed(12);
        using var mask = hides ? new SpatialMask(new SpatialMaskOptions { Ratio = 0.5 }, student.Options.Width) : null;
        var objective = new SpatialObjective(student, losses, new SpatialTeacher(frozen, layer), mask);
        Batch[] batches = [.. sizes.Select((size, i) => BatchOf(sizes[..i].Sum(), size))];
        var metrics = objective.Accumulate(MicroBatches.Of(batches), new StepContext(0, seed, CPU, precision));
        Array.ForEach(batches, batch => batch.Dispose());
        var gradients = Gradients(student);
        foreach (var (name, parameter) in objective.TrainingOnly)
        {
            gradients.Add(name, parameter.grad!.clone());
        }

        return new Found(metrics, gradients);
    }

    private static Dictionary<string, Tensor> Gradients(VisionTransformer tower)
        => tower.named_parameters().Where(entry => entry.parameter.grad is not null)
            .ToDictionary(entry => entry.name, entry => entry.parameter.grad!.clone());

    /// <summary>Contents by the sample's number alone.</summary>
    private static Batch BatchOf(int first, int size)
    {
        using var scope = NewDisposeScope();
        Tensor[] images = [.. Enumerable.Range(first, size).Select(i => randint(0, 256, [3, Side, Side], uint8, generator: Of(i)))];
        Tensor[] maps = [.. Enumerable.Range(first, size).Select(i => rand([Channels, Grid, Grid], generator: Of(i)))];
        return new Batch(
            DenseBatch.Layout(Side, Channels, Grid),
            [stack(images).DetachFromDisposeScope(), stack(maps).DetachFromDisposeScope()],
            new string[size],
            DataPosition.Start);

        static Generator Of(int sample) => new((ulong)sample + 1);
    }

    private static void AssertClose(Found expected, Found found, double tolerance = 1e-5)
    {
        Assert.All(expected.Metrics, entry => Assert.Equal(entry.Value, found.Metrics[entry.Key], tolerance));
        Assert.Equal(expected.Gradients.Keys.Order(), found.Gradients.Keys.Order());
        Assert.All(expected.Gradients, entry =>
        {
            var difference = (entry.Value - found.Gradients[entry.Key]).abs().max().ToDouble();
            Assert.True(difference <= tolerance * Math.Max(1, entry.Value.abs().max().ToDouble()), entry.Key);
        });
    }

    private sealed record Found(IReadOnlyDictionary<string, double> Metrics, Dictionary<string, Tensor> Gradients);
}

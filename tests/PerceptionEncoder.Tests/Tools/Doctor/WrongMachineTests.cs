using PerceptionEncoder.Losses;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.Doctor;
using PerceptionEncoder.Training;
using static TorchSharp.torch;
using OptimizerOptions = PerceptionEncoder.Optimization.OptimizerOptions;

namespace PerceptionEncoder.Tests.Tools.Doctor;

/// <summary>Machines that compute wrongly are imitated: what is checked is given.</summary>
public sealed class WrongMachineTests
{
    public WrongMachineTests() => TorchRuntime.Initialize();

    [Fact]
    public void Products_that_are_rounded_to_bfloat16_are_found()
        => Fails(ProductChecks.Error("rounding", MatmulProducts.Torch with
        {
            Product = (left, right) => matmul(left.to(bfloat16), right.to(bfloat16)).to(float32),
        }));

    [Fact]
    public void Draws_that_no_seed_reaches_and_draws_that_are_always_the_same_are_found()
    {
        Fails(RandomChecks.SeedsRepeat(_ => rand(10)));
        Fails(RandomChecks.SeedsRepeat(_ => ones(10)));
    }

    [Fact]
    public void A_loss_over_each_micro_batch_by_itself_is_found()
        => Fails(GradientChecks.MicroBatches(CPU, (objective, batches, context) =>
        {
            foreach (var batch in batches)
            {
                GradientChecks.Accumulate(objective, [batch], context);
            }
        }));

    [Fact]
    public void Patches_and_paths_that_are_drawn_anew_are_found()
        => Fails(GradientChecks.Replay(
            CPU,
            (objective, batches, context) => GradientChecks.Accumulate(objective, batches, context with { Seed = 99 })));

    [Fact]
    public void A_recomputed_block_that_loses_a_gradient_or_bends_one_is_found()
    {
        using var scope = NewDisposeScope();
        Fails(GradientChecks.RecomputedBlocks(
            every => every == 0 ? Named(("a", ones(3)), ("b", ones(3))) : Named(("a", ones(3)))));
        Fails(GradientChecks.RecomputedBlocks(every => Named(("a", ones(3)), ("b", ones(3) * (1 + (1e-4 * every))))));
        Fails(GradientChecks.RecomputedBlocks(_ => Named()));
    }

    [Fact]
    public void What_each_micro_batch_leaves_behind_is_found()
    {
        using var kept = new Kept();
        Fails(MemoryCheck.Bytes(() => kept, Leak, () => kept.Tensors.Sum(tensor => 4 * tensor.numel())));
        var tensors = MemoryCheck.Tensors(() => kept, Leak);
        Assert.Equal(1, tensors.Figure);
        Fails(tensors);

        static void Leak(Kept kept) => kept.Tensors.Add(ones(1 << 18).DetachFromDisposeScope());
    }

    [Fact]
    public void Features_in_bfloat16_that_point_elsewhere_are_found()
        => Fails(PrecisionChecks.Features(precision => precision == Precision.Bf16 ? tensor(new[,] { { 1f, 0.1f } }) : ones(1, 2)));

    [Fact]
    public void A_gradient_in_bfloat16_and_one_that_is_missing_are_counted()
    {
        using var scope = NewDisposeScope();
        var check = PrecisionChecks.Gradients(precision => precision == Precision.Fp32
            ? Named(("a", ones(1)), ("b", ones(1)), ("c", ones(1)))
            : Named(("a", ones(1)), ("b", ones(1, bfloat16))));
        Assert.Equal(2, check.Figure);
        Fails(check);
    }

    [Fact]
    public void Another_update_than_that_of_LAMB_is_found()
    {
        Fails(OptimizerCheck.Lamb(CPU, new OptimizerOptions { Type = OptimizerKind.Adamw }));
        Fails(OptimizerCheck.Lamb(CPU, new OptimizerOptions { BiasCorrection = false }));
    }

    [Fact]
    public void A_loss_whose_gradient_by_one_side_is_wrong_is_found()
        => Fails(LossCheck.Tiled(
            CPU,
            (image, text, scale) => TiledContrastiveLoss.Of(image, text, scale) with { Text = zeros_like(text) }));

    [Fact]
    public void Attention_that_mixes_no_tokens_and_a_missing_kernel_are_found()
    {
        Fails(AttentionCheck.Fused(CPU, projected => projected.select(2, 2).flatten(2)));
        Fails(AttentionCheck.Fused(CPU, _ => throw new InvalidOperationException("No available kernel.")));
    }

    [Fact]
    public void Moments_that_are_not_brought_back_are_found()
        => Fails(ResumeCheck.Checkpoint(CPU, (trainee, checkpoint) => trainee.Optimizer.Steps = checkpoint.Step));

    [Fact]
    public void Pixels_of_another_decoder_are_found() => Fails(JpegCheck.Decode(new ImageSharpDecoder(_ => { })));

    private static void Fails(MachineCheck check)
    {
        Assert.False(check.Passed, $"{check.Name}: {check.Figure}");
        Assert.NotNull(check.Advice);
        Assert.DoesNotContain('\n', check.Advice);
    }

    private static Dictionary<string, Tensor> Named(params (string Name, Tensor Tensor)[] tensors)
        => tensors.ToDictionary(entry => entry.Name, entry => entry.Tensor);

    private sealed class Kept : IDisposable
    {
        public List<Tensor> Tensors { get; } = [];

        public void Dispose()
        {
            Tensors.ForEach(tensor => tensor.Dispose());
            Tensors.Clear();
        }
    }
}

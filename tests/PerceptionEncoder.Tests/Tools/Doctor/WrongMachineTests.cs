using System.Collections.Concurrent;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Distributed;
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
    public void Batches_that_are_overwritten_before_they_are_read_are_found()
    {
        Batch? one = null;
        Fails(FeedCheck.Copies(CPU, batch =>
        {
            one ??= batch;
            return one with { Memory = null, Tensors = [one.Tensors[0].alias()] };
        }));
        Assert.True(FeedCheck.Copies(CPU).Passed);
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
    public void Memory_that_is_really_kept_is_found_in_that_of_the_process()
    {
        var kept = new List<Tensor>();
        var check = MemoryCheck.Bytes(CPU, () => kept.Add(ones(1 << 18).DetachFromDisposeScope())); // a megabyte, written
        kept.ForEach(tensor => tensor.Dispose());
        Assert.InRange(check.Figure, 0.9, 1.5);
        Fails(check);
    }

    [Fact]
    public void Two_processes_that_get_each_others_numbers_pass_and_those_that_do_not_are_found()
    {
        var checks = new ConcurrentBag<MachineCheck>();
        LoopBack.Run(2, world => checks.Add(CollectiveCheck.RoundTrip(world, CPU)));
        Assert.All(checks, check => Assert.True(check.Passed, $"{check.Figure}"));
        Assert.All(checks, check => Assert.Contains("2 processes", check.Name, StringComparison.Ordinal));

        Fails(CollectiveCheck.RoundTrip(new World(new Deaf { Gathers = true, Sends = true }), CPU));
        Fails(CollectiveCheck.RoundTrip(new World(new Deaf { Sums = true, Sends = true }), CPU));
        Fails(CollectiveCheck.RoundTrip(new World(new Deaf { Sums = true, Gathers = true }), CPU));
        Assert.True(CollectiveCheck.RoundTrip(new World(new Deaf { Sums = true, Sends = true, Gathers = true }), CPU).Passed);
    }

    [Fact]
    public void A_library_that_rounds_is_shown_with_its_figure_as_one_that_is_not_used()
    {
        var rounds = ProductChecks.OneDnn(offered: true, () => 2e-3);
        Assert.Equal((true, 2e-3, null), (rounds.Passed, rounds.Figure, rounds.Advice));
        Assert.Contains("rounds", rounds.NotUsed, StringComparison.Ordinal);
        var absent = ProductChecks.OneDnn(offered: false, () => throw new InvalidOperationException("never asked"));
        Assert.True(absent.Passed && double.IsNaN(absent.Figure));
        Assert.Contains("does not multiply", absent.NotUsed, StringComparison.Ordinal);
        Assert.All([rounds, absent], check => Assert.Equal("float32 products by one_dnn, against float64", check.Name));
    }

    [SkippableFact]
    public void A_library_that_is_exact_is_checked_as_any_other()
    {
        Skip.IfNot(MatmulBackend.Exact.Contains(CpuMatmul.OneDnn), "oneDNN multiplies no float32 on this CPU, or rounds it");
        Assert.Null(ProductChecks.OneDnn(offered: true, () => 1e-7).NotUsed);
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

    /// <summary>The first of two ranks whose other, like it, holds the known numbers; what it is not told to do it leaves undone.</summary>
    private sealed class Deaf : ICollective
    {
        public bool Sums { get; init; }

        public bool Gathers { get; init; }

        public bool Sends { get; init; }

        public int Rank => 0;

        public int Size => 2;

        public void AllReduce(Tensor tensor) => tensor.mul_(Sums ? 3 : 1);

        public Tensor AllGather(Tensor tensor) => cat([tensor, tensor * (Gathers ? 2 : 1)]);

        public Tensor ReduceScatter(Tensor tensor) => tensor.narrow(0, 0, tensor.shape[0] / Size) * (Sums ? 3 : 1);

        public void Broadcast(Tensor tensor, int root) => tensor.mul_(Sends ? 1 + root : 1);

        public void Barrier()
        {
            // Both are here.
        }
    }

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

using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Clip;

public class DropPathTests
{
    [Fact]
    public void In_training_each_sample_is_dropped_or_scaled_up_as_a_whole_and_the_mean_is_kept()
    {
        TorchRuntime.Initialize();
        manual_seed(11);
        using var scope = NewDisposeScope();
        using var drop = new DropPath(0.4);
        drop.train();
        var samples = 20_000;
        var result = drop.forward(ones(samples, 2, 3)).flatten(1);

        var kept = result.select(1, 0).gt(0).to(float64).mean().item<double>();
        Assert.True((result - result.narrow(1, 0, 1)).abs().max().item<float>() == 0, "a sample is dropped in part");
        Assert.InRange(kept, 0.6 - 0.018, 0.6 + 0.018);           // five standard deviations of 20,000 draws
        Assert.Equal(1 / 0.6, result.max().item<float>(), 1e-6);
    }

    [Fact]
    public void In_evaluation_it_passes_everything_through()
    {
        TorchRuntime.Initialize();
        using var scope = NewDisposeScope();
        using var drop = new DropPath(0.9);
        drop.eval();
        Assert.Equal(24f, drop.forward(ones(4, 2, 3)).sum().item<float>());
    }

    [Fact]
    public void Attention_and_mlp_of_a_block_are_dropped_independently()
    {
        TorchRuntime.Initialize();
        manual_seed(3);
        using var scope = NewDisposeScope();
        using var block = new ResidualAttentionBlock(new TransformerShape(8, 1, 2, 4, Causal: false, DropPath: 0.5));
        block.train();
        var paths = block.DrawPaths(zeros(4000, 1, 8))!;
        var both = (paths.Attention > 0).logical_and(paths.Mlp > 0).to(float64).mean().item<double>();
        // five standard deviations of 4,000 draws; one draw for both would give 0.5
        Assert.InRange(both, 0.25 - 0.035, 0.25 + 0.035);
    }

    [Fact]
    public void The_draw_comes_from_the_host_whatever_the_device_so_that_a_seed_replays_it_anywhere()
    {
        TorchRuntime.Initialize();
        using var scope = NewDisposeScope();
        using var drop = new DropPath(0.4);
        drop.train();
        manual_seed(5);
        drop.Draw(zeros(7, 2, 3));
        var next = rand(1).item<float>();
        manual_seed(5);
        var elsewhere = drop.Draw(zeros([7, 2, 3], device: META));      // a device whose own generator draws nothing
        Assert.Equal(TorchSharp.DeviceType.META, elsewhere.device_type);
        Assert.Equal(next, rand(1).item<float>());
    }
}

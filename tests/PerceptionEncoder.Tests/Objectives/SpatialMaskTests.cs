using PerceptionEncoder.Objectives;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Objectives;

public sealed class SpatialMaskTests
{
    private const int Width = 8;

    public SpatialMaskTests() => TorchRuntime.Initialize();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Three_quarters_of_the_patches_are_hidden_in_whole_blocks(int block)
    {
        using var scope = NewDisposeScope();
        using var mask = new SpatialMask(new SpatialMaskOptions { Block = block }, Width);
        var hidden = mask.Draw([1, 2, 3], 8, 16, CPU).Masked;
        Assert.Equal([3L, 128], hidden.shape);
        Assert.All(hidden.sum(1).data<long>().ToArray(), count => Assert.Equal(96, count));
        var blocks = hidden.view(3, 8 / block, block, 16 / block, block).to(int64).sum(4).sum(2).flatten();
        Assert.All(blocks.data<long>().ToArray(), count => Assert.Contains(count, new long[] { 0, block * block }));
        Assert.NotEqual(hidden[0].data<bool>().ToArray(), hidden[1].data<bool>().ToArray());
    }

    [Fact]
    public void An_image_has_the_same_blocks_whatever_others_are_there()
    {
        using var scope = NewDisposeScope();
        using var mask = new SpatialMask(new SpatialMaskOptions(), Width);
        var (all, alone) = (mask.Draw([4, 5, 6], 6, 6, CPU).Masked, mask.Draw([5], 6, 6, CPU).Masked);
        Assert.Equal(all[1].data<bool>().ToArray(), alone[0].data<bool>().ToArray());
    }

    [Fact]
    public void Blocks_at_the_edge_of_a_grid_that_is_no_multiple_of_them_are_cut()
    {
        using var scope = NewDisposeScope();
        using var mask = new SpatialMask(new SpatialMaskOptions(), Width);
        var hidden = mask.Draw([7, 8], 5, 7, CPU).Masked.view(2, 5, 7);
        Assert.Equal(hidden[.., 0, ..].data<bool>().ToArray(), hidden[.., 1, ..].data<bool>().ToArray());
        Assert.Equal(hidden[.., .., 4].data<bool>().ToArray(), hidden[.., .., 5].data<bool>().ToArray());
        Assert.InRange(hidden.to(float32).mean().item<float>(), 0.5, 0.9);
    }
}

using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Clip;

public sealed class TokenMaskIndexTests
{
    [Theory]
    [InlineData(1, 4, 0.5)]
    [InlineData(3, 49, 0.75)]
    [InlineData(2, 6, 1)]
    public void The_hidden_patches_are_those_that_the_mask_selects_in_its_order(int images, int patches, double ratio)
    {
        TorchRuntime.Initialize();
        using var scope = NewDisposeScope();
        manual_seed(patches);
        var mask = TokenMask.Draw(images, patches, ratio, CPU);
        var hidden = TokenMask.HiddenOf(patches, ratio);
        var values = randn(images, patches);
        var taken = values.gather(1, TokenMask.Hidden(mask, hidden));
        Assert.Equal([images, hidden], taken.shape);
        Assert.Equal(values.masked_select(mask).data<float>().ToArray(), taken.contiguous().data<float>().ToArray());
    }
}

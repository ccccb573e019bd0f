using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Clip;

public sealed class ClipArchitectureTests
{
    private static readonly ClipArchitecture Tower = new(new VisionOptions { UseClassToken = true }, null);

    public ClipArchitectureTests() => TorchRuntime.Initialize();

    [Theory]
    [InlineData("visual.positional_embedding")]
    [InlineData("exp_avg/visual.positional_embedding")]
    [InlineData("positional_embedding")]
    [InlineData("exp_avg/positional_embedding")]
    public void Positions_of_another_grid_are_interpolated_and_the_class_tokens_kept(string name)
    {
        using var scope = NewDisposeScope();
        var source = cat([full([1, 4], 7f), full([4, 4], 2f)], 0);
        var target = zeros(10, 4);
        Tower.Carry(name, source, target);
        Assert.Equal(7f, target[0, 0].item<float>());
        Assert.True((target.narrow(0, 1, 9) == 2f).all().item<bool>());
    }

    [Theory]
    [InlineData("conv1.weight", 13)]
    [InlineData("transformer.resblocks.11.ln_1.weight", 1)]
    [InlineData("visual.transformer.resblocks.0.ln_1.weight", 12)]
    [InlineData("ln_post.weight", 0)]
    public void A_tower_alone_counts_its_layers_with_and_without_the_prefix(string name, int fromTop)
        => Assert.Equal(fromTop, Tower.LayersFromTop(name));

    [Fact]
    public void Everything_else_is_copied_as_it_is()
    {
        using var scope = NewDisposeScope();
        var source = randn(3, 5);
        var target = zeros(3, 5);
        Tower.Carry("visual.proj", source, target);
        Assert.True((source == target).all().item<bool>());
    }
}

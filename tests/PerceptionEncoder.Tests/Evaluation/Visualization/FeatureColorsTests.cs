using PerceptionEncoder.Evaluation.Visualization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Visualization;

public sealed class FeatureColorsTests : IDisposable
{
    private readonly DisposeScope scope;

    public FeatureColorsTests()
    {
        TorchRuntime.Initialize();
        manual_seed(4);
        scope = NewDisposeScope();
    }

    public void Dispose() => scope.Dispose();

    [Fact]
    public void The_low_pass_is_half_the_token_and_half_a_Gaussian_of_its_neighbours()
    {
        var tokens = zeros(1, 5, 5, 2);
        tokens[0, 2, 2, 1] = 1;
        var passed = FeatureColors.LowPass(tokens);

        // One-dimensional weights e^-1/2 : 1 : e^-1/2, normalised.
        var middle = 1 / (1 + (2 * Math.Exp(-0.5)));
        var side = Math.Exp(-0.5) * middle;
        Assert.Equal(0.5 + (0.5 * middle * middle), passed[0, 2, 2, 1].ToDouble(), 1e-6);
        Assert.Equal(0.5 * middle * side, passed[0, 2, 1, 1].ToDouble(), 1e-6);
        Assert.Equal(0.5 * side * side, passed[0, 1, 1, 1].ToDouble(), 1e-6);
        Assert.Equal(0, passed[0, 0, 0, 1].ToDouble());
        Assert.Equal(0, passed.select(3, 0).abs().max().ToDouble());
        Assert.True((FeatureColors.LowPass(ones(1, 3, 4, 2)) - 1).abs().max().ToDouble() < 1e-6);           // edges continue
    }

    [Fact]
    public void Like_tokens_have_like_colours_in_all_images()
    {
        var tokens = Scene();
        var maps = FeatureColors.Of(tokens, foregroundOnly: false).Maps;
        Assert.Equal(Color(maps[0], 0, 0), Color(maps[1], 0, 0));
        Assert.Equal(Color(maps[0], 4, 4), Color(maps[1], 4, 5));
        Assert.NotEqual(Color(maps[0], 0, 0), Color(maps[0], 4, 4));
    }

    [Fact]
    public void The_foreground_is_the_side_that_the_borders_show_less_of()
    {
        foreach (var sign in new[] { 1, -1 })
        {
            var map = FeatureColors.Of(sign * Scene(), foregroundOnly: true).Maps[0];
            Assert.Equal((16, 16, 16), Color(map, 0, 0));
            Assert.NotEqual((16, 16, 16), Color(map, 4, 4));
        }
    }

    /// <summary>Two images with a square of other tokens in the middle, 9 x 9 patches.</summary>
    private static Tensor Scene()
    {
        var (ground, thing) = (randn(6), randn(6));
        var tokens = ground.expand(2, 9, 9, 6).clone();
        tokens.narrow(1, 2, 5).narrow(2, 2, 5).copy_(thing.expand(2, 5, 5, 6));
        return tokens;
    }

    private static (int, int, int) Color(TokenMap map, int row, int column)
    {
        var start = 3 * ((row * map.Width) + column);
        return (map.Colors[start], map.Colors[start + 1], map.Colors[start + 2]);
    }
}

using PerceptionEncoder.Evaluation.Visualization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Visualization;

public sealed class HeatColorsTests
{
    [Fact]
    public void Every_step_from_dark_to_light_is_lighter_and_steps_look_alike()
    {
        double[] lightness = [.. Enumerable.Range(0, 256).Select(step => Lightness(HeatColors.At(step / 255.0)))];
        Assert.InRange(lightness[0], 2, 8);
        Assert.InRange(lightness[^1], 92, 98);
        Assert.All(
            lightness.Zip(lightness.Skip(1), (one, next) => next - one),
            step => Assert.InRange(step, 0.01, 3 * (lightness[^1] - lightness[0]) / 255));
        Assert.Equal(lightness[64] - lightness[0], lightness[^1] - lightness[191], 1.0);
    }

    [Fact]
    public void Shares_beyond_the_ends_have_the_colours_of_the_ends()
        => Assert.Equal((HeatColors.At(0), HeatColors.At(1)), (HeatColors.At(-1), HeatColors.At(2)));

    [Fact]
    public void The_lowest_number_is_darkest_and_the_highest_lightest_whatever_they_are()
    {
        using var values = tensor(new[] { -3f, 1, -1, 0 }).view(2, 2);
        var (map, low, high) = HeatColors.Of(values);
        Assert.Equal((-3.0, 1.0), (low, high));
        Assert.Equal([HeatColors.At(0), HeatColors.At(1), HeatColors.At(0.5), HeatColors.At(0.75)], Colors(map));
        using var equal = ones(2, 2);
        Assert.Equal(HeatColors.At(0), Colors(HeatColors.Of(equal).Map).Distinct().Single());

        static IEnumerable<(byte, byte, byte)> Colors(TokenMap map) => map.Colors.Chunk(3).Select(color => (color[0], color[1], color[2]));
    }

    /// <summary>CIE L* of an sRGB colour, by its definition [IEC 61966-2-1; CIE 15].</summary>
    private static double Lightness((byte Red, byte Green, byte Blue) color)
    {
        var luminance = (0.2126 * Linear(color.Red)) + (0.7152 * Linear(color.Green)) + (0.0722 * Linear(color.Blue));
        return luminance > 216.0 / 24389 ? (116 * Math.Cbrt(luminance)) - 16 : luminance * 24389 / 27;

        static double Linear(byte channel)
        {
            var encoded = channel / 255.0;
            return encoded <= 0.04045 ? encoded / 12.92 : Math.Pow((encoded + 0.055) / 1.055, 2.4);
        }
    }
}

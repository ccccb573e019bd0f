using PerceptionEncoder.Evaluation.Visualization;

namespace PerceptionEncoder.Tests.Evaluation.Visualization;

public sealed class LchColorTests
{
    /// <summary>CIE L*a*b* (D65, 2 degrees) of the corners of sRGB, as colour calculators give them to two or three digits.</summary>
    [Theory]
    [InlineData(0, 0, 0, 0, 0, 0)]
    [InlineData(100, 0, 0, 255, 255, 255)]
    [InlineData(53.585, 0, 0, 128, 128, 128)]
    [InlineData(53.241, 80.092, 67.203, 255, 0, 0)]
    [InlineData(87.735, -86.183, 83.179, 0, 255, 0)]
    [InlineData(32.297, 79.188, -107.860, 0, 0, 255)]
    [InlineData(97.139, -21.554, 94.478, 255, 255, 0)]
    [InlineData(91.113, -48.088, -14.131, 0, 255, 255)]
    [InlineData(60.324, 98.234, -60.825, 255, 0, 255)]
    [InlineData(5.063, 0, 0, 16, 16, 16)]
    public void Lab_of_known_colours_gives_their_sRGB(double lightness, double a, double b, int red, int green, int blue)
    {
        var color = LchColor.LabToRgb(lightness, a, b);
        Assert.True(Math.Abs(color.Red - red) <= 1 && Math.Abs(color.Green - green) <= 1 && Math.Abs(color.Blue - blue) <= 1, $"{color}");
    }

    [Theory]
    [InlineData(53.241, 104.552, 39.999, 255, 0, 0)]
    [InlineData(32.297, 133.808, 306.285, 0, 0, 255)]
    [InlineData(70, 0, 123, 171, 171, 171)]
    public void Hue_turns_in_degrees_from_red_over_yellow(double lightness, double chroma, double hue, int red, int green, int blue)
    {
        var color = LchColor.ToRgb(lightness, chroma, hue);
        Assert.True(Math.Abs(color.Red - red) <= 1 && Math.Abs(color.Green - green) <= 1 && Math.Abs(color.Blue - blue) <= 1, $"{color}");
    }

    [Fact]
    public void A_colour_beyond_the_screen_is_brought_to_its_edge()
    {
        Assert.Equal((byte)255, LchColor.ToRgb(90, 150, 90).Red);
        Assert.Equal((byte)0, LchColor.ToRgb(90, 150, 90).Blue);
    }
}

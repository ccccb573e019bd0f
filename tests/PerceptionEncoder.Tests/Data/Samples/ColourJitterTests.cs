using CsCheck;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tests.Data.Samples;

/// <summary>
/// Expected values were recorded from PIL's ImageEnhance; those of contrast and hue reckoned apart by PIL's formulas in their mixed
/// precision.
/// </summary>
public class ColourJitterTests
{
    /// <summary>Six pixels as red, green and blue planes.</summary>
    private static readonly byte[] Planes = [12, 255, 0, 90, 255, 1, 200, 254, 0, 91, 0, 2, 77, 3, 0, 92, 0, 250];

    [Theory]
    [InlineData(0.68f, new byte[] { 8, 173, 0, 61, 173, 0, 136, 172, 0, 61, 0, 1, 52, 2, 0, 62, 0, 170 })]
    [InlineData(1.1734f, new byte[] { 14, 255, 0, 105, 255, 1, 234, 255, 0, 106, 0, 2, 90, 3, 0, 107, 0, 255 })]
    public void Brightness_equals_that_of_PIL(float factor, byte[] expected)
    {
        Assert.Equal(expected, Changed(planes => ColourJitter.Brightness(planes, factor)));
    }

    [Theory]
    [InlineData(0.68f, new byte[] { 49, 245, 0, 90, 197, 10, 177, 245, 0, 91, 24, 10, 93, 74, 0, 91, 24, 179 })]
    [InlineData(0.9f, new byte[] { 23, 252, 0, 90, 237, 3, 193, 251, 0, 91, 7, 4, 82, 25, 0, 91, 7, 228 })]
    [InlineData(1.32f, new byte[] { 0, 255, 0, 89, 255, 0, 222, 255, 0, 91, 0, 0, 60, 0, 0, 92, 0, 255 })]
    public void Saturation_equals_that_of_PIL(float factor, byte[] expected)
    {
        Assert.Equal(expected, Changed(planes => ColourJitter.Saturation(planes, factor)));
    }

    [Theory]
    [InlineData(0.68f, new byte[] { 37, 202, 29, 90, 202, 30, 165, 202, 29, 91, 29, 30, 81, 31, 29, 92, 29, 199 })]
    [InlineData(1.32f, new byte[] { 0, 255, 0, 89, 255, 0, 234, 255, 0, 90, 0, 0, 72, 0, 0, 92, 0, 255 })]
    public void Contrast_is_the_distance_to_the_mean_grey_as_PIL_reckons_it(float factor, byte[] expected)
    {
        Assert.Equal(expected, Changed(planes => ColourJitter.Contrast(planes, factor)));
    }

    [Theory]
    [InlineData(0.1, new byte[] { 13, 110, 0, 90, 255, 142, 200, 255, 0, 90, 150, 2, 185, 3, 0, 92, 0, 250 })]
    [InlineData(-0.3, new byte[] { 200, 255, 0, 91, 60, 2, 114, 3, 0, 92, 0, 250, 13, 199, 0, 90, 255, 49 })]
    [InlineData(0.5, new byte[] { 200, 3, 0, 92, 0, 250, 13, 9, 0, 91, 255, 235, 140, 255, 0, 90, 252, 2 })]
    public void Hue_is_turned_in_8_bit_HSV_as_torchvision_turns_it(double turn, byte[] expected)
    {
        Assert.Equal(expected, Changed(planes => ColourJitter.Hue(planes, turn)));
    }

    [Fact]
    public void Whole_vectors_and_the_rest_agree()
        => Gen.Select(Gen.Byte, Gen.Byte, Gen.Byte, Gen.Float[0, 2]).Sample((r, g, b, factor) =>
        {
            byte[] one = [r, g, b];
            ColourJitter.Saturation(one, factor);
            ColourJitter.Brightness(one, factor);
            byte[] many = [.. Enumerable.Repeat(r, 16), .. Enumerable.Repeat(g, 16), .. Enumerable.Repeat(b, 16)];
            ColourJitter.Saturation(many, factor);
            ColourJitter.Brightness(many, factor);
            return many.SequenceEqual(one.SelectMany(value => Enumerable.Repeat(value, 16)));
        });

    private static byte[] Changed(Action<byte[]> change)
    {
        byte[] planes = [.. Planes];
        change(planes);
        return planes;
    }
}

namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>A colour for each class, the ones that PASCAL VOC's masks have: far apart for classes whose numbers are near.</summary>
internal static class ClassColors
{
    private const int Bits = 8;

    /// <summary>
    /// The bits of the number in turn to red, green and blue, the lowest to their highest: 0 is black, 255 nearly white.
    /// </summary>
    public static (byte Red, byte Green, byte Blue) At(int number)
    {
        var channels = new int[3];
        for (var bit = 0; bit < Bits; bit++)
        {
            channels[bit % 3] |= ((number >> bit) & 1) << (Bits - 1 - (bit / 3));
        }

        return ((byte)channels[0], (byte)channels[1], (byte)channels[2]);
    }

    /// <summary>Classes as colours.</summary>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="classes">[height, width].</param>
    public static TokenMap Of(int height, int width, ReadOnlySpan<byte> classes)
    {
        var colors = new byte[3 * height * width];
        for (var pixel = 0; pixel < classes.Length; pixel++)
        {
            (colors[3 * pixel], colors[(3 * pixel) + 1], colors[(3 * pixel) + 2]) = At(classes[pixel]);
        }

        return new TokenMap(height, width, colors);
    }
}

using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>A colour for each class, the ones that PASCAL VOC's masks have: far apart for classes whose numbers are near.</summary>
internal static class ClassColors
{
    /// <summary>Classes as colours.</summary>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="classes">[height, width].</param>
    public static TokenMap Of(int height, int width, ReadOnlySpan<byte> classes)
    {
        var colors = new byte[3 * height * width];
        for (var pixel = 0; pixel < classes.Length; pixel++)
        {
            IndexedPng.Palette.AsSpan(3 * classes[pixel], 3).CopyTo(colors.AsSpan(3 * pixel));
        }

        return new TokenMap(height, width, colors);
    }
}

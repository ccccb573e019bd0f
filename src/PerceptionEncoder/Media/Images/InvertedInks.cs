namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Pillow's 8-bit arithmetic for CMYK that is stored the other way round, 255 for no ink, which it takes every JPEG of four components to
/// be.
/// </summary>
internal static class InvertedInks
{
    /// <param name="inks">[pixels, 4]: cyan, magenta, yellow, black, each 255 where there is none.</param>
    /// <param name="pixels">[pixels, 3] RGB.</param>
    public static void ToRgb(ReadOnlySpan<byte> inks, Span<byte> pixels)
    {
        for (int from = 0, to = 0; from < inks.Length; from += 4, to += 3)
        {
            var light = inks[from + 3];
            for (var colour = 0; colour < 3; colour++)
            {
                var product = ((255 - inks[from + colour]) * light) + 128;
                pixels[to + colour] = (byte)Math.Max(0, light - (((product >> 8) + product) >> 8));
            }
        }
    }
}

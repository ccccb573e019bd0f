namespace PerceptionEncoder.Media.Images;

/// <summary>What PIL makes of a palette.</summary>
internal static class ColourPalette
{
    /// <summary>Entry i is the grey value i: PIL opens such a file as grey, not as indexed.</summary>
    public static bool IsGreyRamp(ReadOnlySpan<byte> palette, int bytesPerEntry)
    {
        for (var i = 0; i < palette.Length / bytesPerEntry; i++)
        {
            var entry = palette.Slice(i * bytesPerEntry, 3);
            if (entry[0] != i || entry[1] != i || entry[2] != i)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>256 colours, so that no index points outside: those that a file leaves out are greys.</summary>
    public static byte[] Complete(ReadOnlySpan<byte> palette)
    {
        var complete = Enumerable.Range(0, 3 * 256).Select(i => (byte)(i / 3)).ToArray();
        palette[..Math.Min(palette.Length, complete.Length)].CopyTo(complete);
        return complete;
    }
}

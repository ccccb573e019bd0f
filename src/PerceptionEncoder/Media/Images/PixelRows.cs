using System.Runtime.InteropServices;

namespace PerceptionEncoder.Media.Images;

/// <summary>The rows of a box of an image, each readable some bytes past its end.</summary>
/// <param name="pixels">[height, width, channels].</param>
/// <param name="width">Pixels in a row of <paramref name="pixels"/>.</param>
/// <param name="channels">1 to 4.</param>
/// <param name="box">The part that is read.</param>
/// <param name="reach">Bytes that are read from the start of a row on.</param>
/// <param name="copies">Room for the rows of one group that would be read past the end of all pixels.</param>
internal readonly ref struct PixelRows(
    ReadOnlySpan<byte> pixels,
    int width,
    int channels,
    PixelBox box,
    int reach,
    Span<byte> copies)
{
    private readonly ReadOnlySpan<byte> pixels = pixels;
    private readonly Span<byte> copies = copies;

    /// <summary>Of a pixel.</summary>
    public int Channels => channels;

    /// <summary>Number of rows.</summary>
    public int Count => box.Height;

    /// <summary>A row by its number in the box; past the last row, the last.</summary>
    /// <param name="y">0 and up.</param>
    /// <param name="slot">Which of the copies it may take: its place in its group.</param>
    public ref byte Row(int y, int slot)
    {
        var start = (((box.Top + Math.Min(y, box.Height - 1)) * width) + box.Left) * channels;
        if (start + reach <= pixels.Length)
        {
            return ref MemoryMarshal.GetReference(pixels[start..]);
        }

        var copy = copies.Slice(slot * reach, reach);
        pixels.Slice(start, Math.Min(reach, box.Width * channels)).CopyTo(copy);
        return ref MemoryMarshal.GetReference(copy);
    }
}

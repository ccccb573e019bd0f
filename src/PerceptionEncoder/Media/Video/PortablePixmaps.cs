using System.Globalization;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// A stream of binary portable pixmaps (P6), which is how frames leave ffmpeg: raw RGB behind a short head, so that no size need be known
/// before the process starts.
/// </summary>
internal sealed class PortablePixmaps(Stream stream) : IDisposable
{
    private const int LongestHead = 64;
    private readonly BufferedStream stream = new(stream, 1 << 16);

    /// <summary>Width and height of the next picture; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">Something other than a pixmap.</exception>
    public (int Width, int Height)? ReadHead()
    {
        if (ReadWord() is not { } magic || ReadWord() is not { } width || ReadWord() is not { } height || ReadWord() is not { } maximum)
        {
            return null; // also where a dying decoder leaves half a head
        }

        return magic == "P6" && maximum == "255"
            ? (Side(width), Side(height))
            : throw new InvalidDataException($"no 8-bit pixmap where one was to begin: {magic} {maximum}");
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    /// <summary>Fills the pixels of one picture; false where the stream ends within it.</summary>
    public bool ReadPixels(Span<byte> pixels) => stream.ReadAtLeast(pixels, pixels.Length, throwOnEndOfStream: false) == pixels.Length;

    private static int Side(string word) => int.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture);

    private string? ReadWord()
    {
        Span<char> word = stackalloc char[LongestHead];
        for (var length = 0; length < word.Length; length++)
        {
            var next = stream.ReadByte();
            if (next < 0)
            {
                return null;
            }

            if (char.IsWhiteSpace((char)next))
            {
                return new string(word[..length]);
            }

            word[length] = (char)next;
        }

        return new string(word);
    }
}

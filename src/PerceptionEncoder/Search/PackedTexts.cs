using System.Buffers.Binary;
using System.Text;

namespace PerceptionEncoder.Search;

/// <summary>
/// Millions of short texts in a few large arrays: their UTF-8 and 12 bytes each, where strings of their own take several times that.
/// </summary>
internal sealed class PackedTexts
{
    private const int ChunkBytes = 1 << 22;
    private const int Prefix = sizeof(int);

    private readonly List<byte[]> chunks = [];
    private readonly List<long> places = [];
    private int used = ChunkBytes;

    /// <summary>How many there are.</summary>
    public int Count => places.Count;

    /// <summary>The text of an index.</summary>
    public string this[int index] => Encoding.UTF8.GetString(Utf8(index));

    /// <exception cref="ArgumentException">The text is longer than 4 MB.</exception>
    public void Add(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        if (Prefix + length > ChunkBytes)
        {
            throw new ArgumentException("an id is longer than 4 MB", nameof(text));
        }

        if (used + Prefix + length > (chunks.Count == 0 ? 0 : chunks[^1].Length))
        {
            // The first chunk is small, so that a small index is.
            chunks.Add(new byte[Math.Max(Prefix + length, chunks.Count == 0 ? 1 << 16 : ChunkBytes)]);
            used = 0;
        }

        places.Add(((long)(chunks.Count - 1) * ChunkBytes) + used);
        BinaryPrimitives.WriteInt32LittleEndian(chunks[^1].AsSpan(used), length);
        used += Prefix + Encoding.UTF8.GetBytes(text, chunks[^1].AsSpan(used + Prefix));
    }

    /// <summary>The indices whose text a predicate takes; it gets each in one buffer, valid for the call.</summary>
    public IEnumerable<int> Where(TextPredicate takes)
    {
        var buffer = new char[256];
        for (var index = 0; index < Count; index++)
        {
            var length = Encoding.UTF8.GetCharCount(Utf8(index));
            if (length > buffer.Length)
            {
                buffer = new char[length * 2];
            }

            Encoding.UTF8.GetChars(Utf8(index), buffer);
            if (takes(buffer.AsSpan(0, length)))
            {
                yield return index;
            }
        }
    }

    private ReadOnlySpan<byte> Utf8(int index)
    {
        var (chunk, start) = Math.DivRem(places[index], ChunkBytes);
        var from = chunks[(int)chunk].AsSpan((int)start);
        return from.Slice(Prefix, BinaryPrimitives.ReadInt32LittleEndian(from));
    }

    /// <summary>Whether a text is wanted.</summary>
    public delegate bool TextPredicate(ReadOnlySpan<char> text);
}

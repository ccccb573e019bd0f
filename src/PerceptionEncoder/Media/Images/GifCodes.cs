namespace PerceptionEncoder.Media.Images;

/// <summary>The variable-length codes of a GIF picture (LZW, as in GIF89a, appendix F).</summary>
internal static class GifCodes
{
    private const int MostBits = 12;
    private const int None = -1;

    /// <summary>Unpacks until the indices are full or the data end.</summary>
    /// <param name="blocks">Sub-blocks, each behind its length.</param>
    /// <param name="rootBits">Bits of an index.</param>
    /// <param name="indices">Of the palette, row by row as stored.</param>
    /// <returns>The number of indices that were there.</returns>
    /// <exception cref="ImageException">Codes that cannot be.</exception>
    public static int Unpack(ReadOnlySpan<byte> blocks, int rootBits, Span<byte> indices)
    {
        if (rootBits is < 1 or >= MostBits)
        {
            throw ImageFaults.Damaged($"GIF codes of {rootBits} bits");
        }

        // A code is a run that was written before: where it begins in the indices, and how long it is.
        Span<int> starts = stackalloc int[1 << MostBits];
        Span<int> lengths = stackalloc int[1 << MostBits];
        var clear = 1 << rootBits;
        var (bits, next, previous) = (rootBits + 1, clear + 2, None);
        var (written, buffer, held, inBlock) = (0, 0u, 0, 0);
        for (var at = 0; written < indices.Length;)
        {
            while (held < bits)
            {
                if (at == blocks.Length)
                {
                    return written;
                }

                if (inBlock == 0)
                {
                    inBlock = blocks[at++];
                    continue;
                }

                buffer |= (uint)blocks[at++] << held;
                held += 8;
                inBlock--;
            }

            var code = (int)(buffer & ((1u << bits) - 1));
            buffer >>= bits;
            held -= bits;
            if (code == clear)
            {
                (bits, next, previous) = (rootBits + 1, clear + 2, None);
                continue;
            }

            if (code == clear + 1)
            {
                return written;
            }

            if (code > next || (code >= clear && previous == None) || (code == next && next == 1 << MostBits))
            {
                throw ImageFaults.Damaged($"a GIF code {code} that stands for nothing yet");
            }

            // The code that is about to be defined is the run before with its own first index behind it.
            var begin = written;
            if (previous != None && next < 1 << MostBits)
            {
                (starts[next], lengths[next]) = (previous, begin - previous + 1);
                next++;
                bits += next == 1 << bits && bits < MostBits ? 1 : 0;
            }

            if (code < clear)
            {
                indices[written++] = (byte)code;
            }
            else
            {
                for (var (from, left) = (starts[code], lengths[code]); left > 0 && written < indices.Length; left--)
                {
                    indices[written++] = indices[from++];
                }
            }

            previous = begin;
        }

        return written;
    }
}

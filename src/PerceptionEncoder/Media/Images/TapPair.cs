using System.Runtime.Intrinsics;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// The weights of two neighbouring inputs for x86's multiply-add of 16-bit pairs: each is high · 2^16 + low, both signed. An instruction
/// takes two pixels and two lows, or two highs.
/// </summary>
/// <param name="Low">The first input's low in the low half, the second's in the high half.</param>
/// <param name="High">The same of the highs.</param>
internal readonly record struct TapPair(int Low, int High)
{
    /// <summary>Bits of a low.</summary>
    public const int LowBits = 16;

    // An index with its top bit set gives zero: the upper byte of a 16-bit pixel.
    private const byte Zero = 0x80;

    /// <summary>Splits two weights; an input that is missing has weight 0.</summary>
    public static TapPair Of(int first, int second)
    {
        return new TapPair(Words((short)first, (short)second), Words(High(first), High(second)));

        static int High(int weight) => (weight - (short)weight) >> LowBits;

        static int Words(int first, int second) => (first & 0xFFFF) | (second << LowBits);
    }

    /// <summary>
    /// Indices of a byte shuffle from 16 bytes of interleaved pixels to [channel][two inputs] in 16 bits each; zeros for a channel too
    /// many.
    /// </summary>
    /// <param name="pair">0 for the first and second pixel, 1 for the third and fourth.</param>
    /// <param name="channels">1 to 4.</param>
    public static Vector128<byte> Shuffle(int pair, int channels)
    {
        Span<byte> indices = stackalloc byte[Vector128<byte>.Count];
        indices.Fill(Zero);
        for (var c = 0; c < channels; c++)
        {
            indices[4 * c] = (byte)((2 * pair * channels) + c);
            indices[(4 * c) + 2] = (byte)((((2 * pair) + 1) * channels) + c);
        }

        return Vector128.Create<byte>(indices);
    }

    /// <summary>Four pixels of four channels to four bytes of each channel.</summary>
    public static Vector128<byte> ByChannel => Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

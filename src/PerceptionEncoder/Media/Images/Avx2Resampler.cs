using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PerceptionEncoder.Media.Images;

/// <summary>The passes of <see cref="PillowResampler"/> in 256-bit vectors: two rows at a time, then 32 columns at a time.</summary>
internal static class Avx2Resampler
{
    /// <inheritdoc cref="PortableResampler.Horizontal"/>
    /// <remarks>A half of a vector belongs to a row, so that a weight serves two pixels; within it a channel has 32 bits.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // compiled for this processor from the first call on
    public static void Horizontal(PixelRows source, ResampleKernel columns, Span<byte> planes, int stride, int plane)
    {
        var (channels, pairs) = (source.Channels, columns.Pairs);
        var step = 4 * channels;
        var even = Vector256.Create(TapPair.Shuffle(0, channels));
        var odd = Vector256.Create(TapPair.Shuffle(1, channels));
        var byChannel = Vector256.Create(TapPair.ByChannel);
        for (var y = 0; y < source.Count; y += 2)
        {
            ref var row0 = ref source.Row(y, 0);
            ref var row1 = ref source.Row(y + 1, 1);
            ref var weights = ref MemoryMarshal.GetReference(columns.PairWeights);
            var first = columns.PaddedFirst;
            Vector256<uint> four0 = default, four1 = default, four2 = default, four3 = default; // the last four times four columns
            for (var x = 0; x < first.Length; x += 4)
            {
                var sum0 = Pixel(ref row0, ref row1, first[x] * channels, step, ref weights, pairs, even, odd);
                weights = ref Unsafe.Add(ref weights, pairs);
                var sum1 = Pixel(ref row0, ref row1, first[x + 1] * channels, step, ref weights, pairs, even, odd);
                weights = ref Unsafe.Add(ref weights, pairs);
                var sum2 = Pixel(ref row0, ref row1, first[x + 2] * channels, step, ref weights, pairs, even, odd);
                weights = ref Unsafe.Add(ref weights, pairs);
                var sum3 = Pixel(ref row0, ref row1, first[x + 3] * channels, step, ref weights, pairs, even, odd);
                weights = ref Unsafe.Add(ref weights, pairs);
                (four0, four1, four2) = (four1, four2, four3);
                four3 = Avx2.Shuffle(Pack(sum0, sum1, sum2, sum3), byChannel).AsUInt32();
                if (x % 16 == 12)
                {
                    Separate(four0, four1, four2, four3, channels, ref planes[(y * stride) + x - 12], stride, plane);
                }
            }
        }
    }

    /// <inheritdoc cref="PortableResampler.Vertical"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Vertical(ReadOnlySpan<byte> plane, int stride, int width, ResampleKernel rows, Span<byte> output)
    {
        var pairs = rows.Pairs;
        var last = Math.Max(0, width - Vector256<byte>.Count);
        ref var weights = ref MemoryMarshal.GetReference(rows.PairWeights);
        for (var y = 0; y < rows.Count; y++)
        {
            ref readonly var source = ref plane[(rows.First[y] - rows.FirstInput) * stride];
            for (var x = 0; x < width; x += Vector256<byte>.Count)
            {
                // The last vector ends with the row: some columns are computed twice.
                var at = Math.Min(x, last);
                ref var above = ref Unsafe.Add(ref Unsafe.AsRef(in source), at);
                var half = Vector256.Create(PillowResampler.Half);
                var (low0, low1, low2, low3) = (half, half, half, half);
                Vector256<int> high0 = default, high1 = default, high2 = default, high3 = default;
                for (var p = 0; p < pairs; p++)
                {
                    var upper = Vector256.LoadUnsafe(ref above);
                    var lower = Vector256.LoadUnsafe(ref Unsafe.Add(ref above, stride));
                    above = ref Unsafe.Add(ref above, 2 * stride);
                    var lowWeights = Vector256.Create(Unsafe.Add(ref weights, p).Low).AsInt16();
                    var highWeights = Vector256.Create(Unsafe.Add(ref weights, p).High).AsInt16();
                    var left = Avx2.UnpackLow(upper, lower);
                    var right = Avx2.UnpackHigh(upper, lower);
                    var taps = Avx2.UnpackLow(left, Vector256<byte>.Zero).AsInt16();
                    low0 += Avx2.MultiplyAddAdjacent(taps, lowWeights);
                    high0 += Avx2.MultiplyAddAdjacent(taps, highWeights);
                    taps = Avx2.UnpackHigh(left, Vector256<byte>.Zero).AsInt16();
                    low1 += Avx2.MultiplyAddAdjacent(taps, lowWeights);
                    high1 += Avx2.MultiplyAddAdjacent(taps, highWeights);
                    taps = Avx2.UnpackLow(right, Vector256<byte>.Zero).AsInt16();
                    low2 += Avx2.MultiplyAddAdjacent(taps, lowWeights);
                    high2 += Avx2.MultiplyAddAdjacent(taps, highWeights);
                    taps = Avx2.UnpackHigh(right, Vector256<byte>.Zero).AsInt16();
                    low3 += Avx2.MultiplyAddAdjacent(taps, lowWeights);
                    high3 += Avx2.MultiplyAddAdjacent(taps, highWeights);
                }

                var result = Pack(Whole(low0, high0), Whole(low1, high1), Whole(low2, high2), Whole(low3, high3));
                if (width >= Vector256<byte>.Count)
                {
                    result.StoreUnsafe(ref output[(y * width) + at]);
                }
                else
                {
                    MemoryMarshal.AsBytes(new ReadOnlySpan<Vector256<byte>>(in result))[..width].CopyTo(output[(y * width)..]);
                }
            }

            weights = ref Unsafe.Add(ref weights, pairs);
        }
    }

    /// <summary>One output column of two rows: [row][channel].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Pixel(
        ref byte row0,
        ref byte row1,
        int at,
        int step,
        ref TapPair weights,
        int pairs,
        Vector256<byte> even,
        Vector256<byte> odd)
    {
        var (low, high) = (Vector256.Create(PillowResampler.Half), Vector256<int>.Zero);
        for (var p = 0; p < pairs; p += 2, at += step)
        {
            var pixels = Vector256.Create(Load(ref row0, at), Load(ref row1, at));
            var taps = Avx2.Shuffle(pixels, even).AsInt16();
            low += Avx2.MultiplyAddAdjacent(taps, Vector256.Create(Unsafe.Add(ref weights, p).Low).AsInt16());
            high += Avx2.MultiplyAddAdjacent(taps, Vector256.Create(Unsafe.Add(ref weights, p).High).AsInt16());
            if (p + 1 < pairs)
            {
                taps = Avx2.Shuffle(pixels, odd).AsInt16();
                low += Avx2.MultiplyAddAdjacent(taps, Vector256.Create(Unsafe.Add(ref weights, p + 1).Low).AsInt16());
                high += Avx2.MultiplyAddAdjacent(taps, Vector256.Create(Unsafe.Add(ref weights, p + 1).High).AsInt16());
            }
        }

        return Whole(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Load(ref byte row, int at) => Vector128.LoadUnsafe(ref Unsafe.Add(ref row, at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Whole(Vector256<int> low, Vector256<int> high)
        => ((high << TapPair.LowBits) + low) >> ResampleKernel.FractionalBits;

    /// <summary>Four sums to bytes, by halves; saturation is the clip to 0 and 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Pack(Vector256<int> sum0, Vector256<int> sum1, Vector256<int> sum2, Vector256<int> sum3)
        => Avx2.PackUnsignedSaturate(Avx2.PackSignedSaturate(sum0, sum1), Avx2.PackSignedSaturate(sum2, sum3));

    /// <summary>Four times [row][R4 G4 B4 A4] to 16 columns in each channel's plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Separate(
        Vector256<uint> four0,
        Vector256<uint> four1,
        Vector256<uint> four2,
        Vector256<uint> four3,
        int channels,
        ref byte target,
        int stride,
        int plane)
    {
        var (redGreen0, redGreen1) = (Avx2.UnpackLow(four0, four1).AsUInt64(), Avx2.UnpackLow(four2, four3).AsUInt64());
        var (blueAlpha0, blueAlpha1) = (Avx2.UnpackHigh(four0, four1).AsUInt64(), Avx2.UnpackHigh(four2, four3).AsUInt64());
        Store(Avx2.UnpackLow(redGreen0, redGreen1), ref target, stride);
        if (channels > 1)
        {
            Store(Avx2.UnpackHigh(redGreen0, redGreen1), ref Unsafe.Add(ref target, plane), stride);
        }

        if (channels > 2)
        {
            Store(Avx2.UnpackLow(blueAlpha0, blueAlpha1), ref Unsafe.Add(ref target, 2 * plane), stride);
        }

        if (channels > 3)
        {
            Store(Avx2.UnpackHigh(blueAlpha0, blueAlpha1), ref Unsafe.Add(ref target, 3 * plane), stride);
        }
    }

    /// <summary>16 columns of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<ulong> columns, ref byte target, int stride)
    {
        var bytes = columns.AsByte();
        bytes.GetLower().StoreUnsafe(ref target);
        bytes.GetUpper().StoreUnsafe(ref Unsafe.Add(ref target, stride));
    }
}

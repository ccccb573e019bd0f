using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PerceptionEncoder.Media.Images;

/// <summary>The passes of <see cref="PillowResampler"/> in 512-bit vectors: four rows at a time, then 64 columns at a time.</summary>
internal static class Avx512Resampler
{
    /// <inheritdoc cref="PortableResampler.Horizontal"/>
    /// <remarks>A quarter of a vector belongs to a row, so that a weight serves four pixels; within it a channel has 32 bits.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // compiled for this processor from the first call on
    public static void Horizontal(PixelRows source, ResampleKernel columns, Span<byte> planes, int stride, int plane)
    {
        var (channels, pairs) = (source.Channels, columns.Pairs);
        var step = 4 * channels;
        var even = Vector512.Create(TapPair.Shuffle(0, channels));
        var odd = Vector512.Create(TapPair.Shuffle(1, channels));
        var byChannel = Vector512.Create(TapPair.ByChannel);
        for (var y = 0; y < source.Count; y += 4)
        {
            ref var row0 = ref source.Row(y, 0);
            ref var row1 = ref source.Row(y + 1, 1);
            ref var row2 = ref source.Row(y + 2, 2);
            ref var row3 = ref source.Row(y + 3, 3);
            ref var weights = ref MemoryMarshal.GetReference(columns.PairWeights);
            var first = columns.PaddedFirst;
            Vector512<uint> four0 = default, four1 = default, four2 = default, four3 = default; // the last four times four columns
            for (var x = 0; x < first.Length; x += 4)
            {
                var sum0 = Pixel(ref row0, ref row1, ref row2, ref row3, first[x] * channels, step, ref weights, pairs, even, odd);
                weights = ref Unsafe.Add(ref weights, pairs);
                var sum1 = Pixel(ref row0, ref row1, ref row2, ref row3, first[x + 1] * channels, step, ref weights, pairs, even, odd);
                weights = ref Unsafe.Add(ref weights, pairs);
                var sum2 = Pixel(ref row0, ref row1, ref row2, ref row3, first[x + 2] * channels, step, ref weights, pairs, even, odd);
                weights = ref Unsafe.Add(ref weights, pairs);
                var sum3 = Pixel(ref row0, ref row1, ref row2, ref row3, first[x + 3] * channels, step, ref weights, pairs, even, odd);
                weights = ref Unsafe.Add(ref weights, pairs);
                (four0, four1, four2) = (four1, four2, four3);
                four3 = Avx512BW.Shuffle(Pack(sum0, sum1, sum2, sum3), byChannel).AsUInt32();
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
        var last = Math.Max(0, width - Vector512<byte>.Count);
        ref var weights = ref MemoryMarshal.GetReference(rows.PairWeights);
        for (var y = 0; y < rows.Count; y++)
        {
            ref readonly var source = ref plane[(rows.First[y] - rows.FirstInput) * stride];
            for (var x = 0; x < width; x += Vector512<byte>.Count)
            {
                // The last vector ends with the row: some columns are computed twice.
                var at = Math.Min(x, last);
                ref var above = ref Unsafe.Add(ref Unsafe.AsRef(in source), at);
                var half = Vector512.Create(PillowResampler.Half);
                var (low0, low1, low2, low3) = (half, half, half, half);
                Vector512<int> high0 = default, high1 = default, high2 = default, high3 = default;
                for (var p = 0; p < pairs; p++)
                {
                    var upper = Vector512.LoadUnsafe(ref above);
                    var lower = Vector512.LoadUnsafe(ref Unsafe.Add(ref above, stride));
                    above = ref Unsafe.Add(ref above, 2 * stride);
                    var lowWeights = Vector512.Create(Unsafe.Add(ref weights, p).Low).AsInt16();
                    var highWeights = Vector512.Create(Unsafe.Add(ref weights, p).High).AsInt16();
                    var left = Avx512BW.UnpackLow(upper, lower);
                    var right = Avx512BW.UnpackHigh(upper, lower);
                    var taps = Avx512BW.UnpackLow(left, Vector512<byte>.Zero).AsInt16();
                    low0 += Avx512BW.MultiplyAddAdjacent(taps, lowWeights);
                    high0 += Avx512BW.MultiplyAddAdjacent(taps, highWeights);
                    taps = Avx512BW.UnpackHigh(left, Vector512<byte>.Zero).AsInt16();
                    low1 += Avx512BW.MultiplyAddAdjacent(taps, lowWeights);
                    high1 += Avx512BW.MultiplyAddAdjacent(taps, highWeights);
                    taps = Avx512BW.UnpackLow(right, Vector512<byte>.Zero).AsInt16();
                    low2 += Avx512BW.MultiplyAddAdjacent(taps, lowWeights);
                    high2 += Avx512BW.MultiplyAddAdjacent(taps, highWeights);
                    taps = Avx512BW.UnpackHigh(right, Vector512<byte>.Zero).AsInt16();
                    low3 += Avx512BW.MultiplyAddAdjacent(taps, lowWeights);
                    high3 += Avx512BW.MultiplyAddAdjacent(taps, highWeights);
                }

                var result = Pack(Whole(low0, high0), Whole(low1, high1), Whole(low2, high2), Whole(low3, high3));
                if (width >= Vector512<byte>.Count)
                {
                    result.StoreUnsafe(ref output[(y * width) + at]);
                }
                else
                {
                    MemoryMarshal.AsBytes(new ReadOnlySpan<Vector512<byte>>(in result))[..width].CopyTo(output[(y * width)..]);
                }
            }

            weights = ref Unsafe.Add(ref weights, pairs);
        }
    }

    /// <summary>One output column of four rows: [row][channel].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Pixel(
        ref byte row0,
        ref byte row1,
        ref byte row2,
        ref byte row3,
        int at,
        int step,
        ref TapPair weights,
        int pairs,
        Vector512<byte> even,
        Vector512<byte> odd)
    {
        var (low, high) = (Vector512.Create(PillowResampler.Half), Vector512<int>.Zero);
        for (var p = 0; p < pairs; p += 2, at += step)
        {
            var upper = Vector256.Create(Load(ref row0, at), Load(ref row1, at)).ToVector512Unsafe();
            var pixels = Avx512F.InsertVector256(upper, Vector256.Create(Load(ref row2, at), Load(ref row3, at)), 1);
            var taps = Avx512BW.Shuffle(pixels, even).AsInt16();
            low += Avx512BW.MultiplyAddAdjacent(taps, Vector512.Create(Unsafe.Add(ref weights, p).Low).AsInt16());
            high += Avx512BW.MultiplyAddAdjacent(taps, Vector512.Create(Unsafe.Add(ref weights, p).High).AsInt16());
            if (p + 1 < pairs)
            {
                taps = Avx512BW.Shuffle(pixels, odd).AsInt16();
                low += Avx512BW.MultiplyAddAdjacent(taps, Vector512.Create(Unsafe.Add(ref weights, p + 1).Low).AsInt16());
                high += Avx512BW.MultiplyAddAdjacent(taps, Vector512.Create(Unsafe.Add(ref weights, p + 1).High).AsInt16());
            }
        }

        return Whole(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Load(ref byte row, int at) => Vector128.LoadUnsafe(ref Unsafe.Add(ref row, at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Whole(Vector512<int> low, Vector512<int> high)
        => ((high << TapPair.LowBits) + low) >> ResampleKernel.FractionalBits;

    /// <summary>Four sums to bytes, by quarters; saturation is the clip to 0 and 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Pack(Vector512<int> sum0, Vector512<int> sum1, Vector512<int> sum2, Vector512<int> sum3)
        => Avx512BW.PackUnsignedSaturate(Avx512BW.PackSignedSaturate(sum0, sum1), Avx512BW.PackSignedSaturate(sum2, sum3));

    /// <summary>Four times [row][R4 G4 B4 A4] to 16 columns in each channel's plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Separate(
        Vector512<uint> four0,
        Vector512<uint> four1,
        Vector512<uint> four2,
        Vector512<uint> four3,
        int channels,
        ref byte target,
        int stride,
        int plane)
    {
        var (redGreen0, redGreen1) = (Avx512F.UnpackLow(four0, four1).AsUInt64(), Avx512F.UnpackLow(four2, four3).AsUInt64());
        var (blueAlpha0, blueAlpha1) = (Avx512F.UnpackHigh(four0, four1).AsUInt64(), Avx512F.UnpackHigh(four2, four3).AsUInt64());
        Store(Avx512F.UnpackLow(redGreen0, redGreen1), ref target, stride);
        if (channels > 1)
        {
            Store(Avx512F.UnpackHigh(redGreen0, redGreen1), ref Unsafe.Add(ref target, plane), stride);
        }

        if (channels > 2)
        {
            Store(Avx512F.UnpackLow(blueAlpha0, blueAlpha1), ref Unsafe.Add(ref target, 2 * plane), stride);
        }

        if (channels > 3)
        {
            Store(Avx512F.UnpackHigh(blueAlpha0, blueAlpha1), ref Unsafe.Add(ref target, 3 * plane), stride);
        }
    }

    /// <summary>16 columns of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<ulong> columns, ref byte target, int stride)
    {
        var bytes = columns.AsByte();
        bytes.GetLower().GetLower().StoreUnsafe(ref target);
        bytes.GetLower().GetUpper().StoreUnsafe(ref Unsafe.Add(ref target, stride));
        bytes.GetUpper().GetLower().StoreUnsafe(ref Unsafe.Add(ref target, 2 * stride));
        bytes.GetUpper().GetUpper().StoreUnsafe(ref Unsafe.Add(ref target, 3 * stride));
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PerceptionEncoder.Media.Images;

/// <summary>The passes of <see cref="PillowResampler"/> on any processor.</summary>
internal static class PortableResampler
{
    /// <summary>Resizes rows and separates their channels.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="columns">Weights from their columns to output columns.</param>
    /// <param name="planes">[channels, rows, stride], the first columns of each row are written.</param>
    /// <param name="stride">From row to row.</param>
    /// <param name="plane">From channel to channel.</param>
    public static void Horizontal(PixelRows source, ResampleKernel columns, Span<byte> planes, int stride, int plane)
    {
        for (var y = 0; y < source.Count; y++)
        {
            ref var row = ref source.Row(y, 0);
            var x = 0;
            if (source.Channels >= 3)
            {
                x = Colours(ref row, source.Channels, columns, planes, y * stride, plane);
            }

            for (; x < columns.Count; x++)
            {
                Pixel(ref row, source.Channels, columns, x, planes, (y * stride) + x, plane);
            }
        }
    }

    /// <summary>Resizes the columns of one plane.</summary>
    /// <param name="plane">[rows, stride].</param>
    /// <param name="stride">From row to row.</param>
    /// <param name="width">Columns.</param>
    /// <param name="rows">Weights from its rows to output rows.</param>
    /// <param name="output">[rows.Count, width].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // compiled for this processor from the first call on
    public static void Vertical(ReadOnlySpan<byte> plane, int stride, int width, ResampleKernel rows, Span<byte> output)
    {
        for (var y = 0; y < rows.Count; y++)
        {
            var weights = rows.Weights.Slice(y * rows.Taps, rows.Taps);
            var source = plane.Slice((rows.First[y] - rows.FirstInput) * stride, weights.Length * stride);
            var target = output.Slice(y * width, width);
            var x = 0;
            for (; x + Vector128<byte>.Count <= width; x += Vector128<byte>.Count)
            {
                var low = Vector256.Create(PillowResampler.Half);
                var high = low;
                for (var t = 0; t < weights.Length; t++)
                {
                    var values = Vector256.WidenLower(Vector128.LoadUnsafe(in source[0], (nuint)((t * stride) + x)).ToVector256Unsafe());
                    low += Vector256.WidenLower(values).AsInt32() * weights[t];
                    high += Vector256.WidenUpper(values).AsInt32() * weights[t];
                }

                var clipped = Vector256.Narrow(ClipAll(low), ClipAll(high)).AsUInt16();
                Vector128.Narrow(clipped.GetLower(), clipped.GetUpper()).StoreUnsafe(ref target[x]);
            }

            for (; x < width; x++)
            {
                var sum = PillowResampler.Half;
                for (var t = 0; t < weights.Length; t++)
                {
                    sum += source[(t * stride) + x] * weights[t];
                }

                target[x] = Clip(sum);
            }
        }
    }

    /// <summary>Three or four channels: one vector lane each, four output pixels at a time.</summary>
    /// <returns>How many columns are done.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Colours(ref byte pixels, int channels, ResampleKernel columns, Span<byte> planes, int at, int plane)
    {
        var byChannel = Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        var first = columns.First;
        var taps = columns.Taps;
        ref var weights = ref MemoryMarshal.GetReference(columns.Weights);
        var x = 0;
        for (; x + 4 <= first.Length; x += 4)
        {
            ref var pixel0 = ref Unsafe.Add(ref pixels, first[x] * channels);
            ref var pixel1 = ref Unsafe.Add(ref pixels, first[x + 1] * channels);
            ref var pixel2 = ref Unsafe.Add(ref pixels, first[x + 2] * channels);
            ref var pixel3 = ref Unsafe.Add(ref pixels, first[x + 3] * channels);
            var sum0 = Vector128.Create(PillowResampler.Half);
            var (sum1, sum2, sum3) = (sum0, sum0, sum0);
            for (int t = 0, offset = 0; t < taps; t++, offset += channels)
            {
                sum0 += Lanes(ref pixel0, offset) * Unsafe.Add(ref weights, t);
                sum1 += Lanes(ref pixel1, offset) * Unsafe.Add(ref weights, taps + t);
                sum2 += Lanes(ref pixel2, offset) * Unsafe.Add(ref weights, (2 * taps) + t);
                sum3 += Lanes(ref pixel3, offset) * Unsafe.Add(ref weights, (3 * taps) + t);
            }

            weights = ref Unsafe.Add(ref weights, 4 * taps);
            var low = Vector128.Narrow(ClipAll(sum0), ClipAll(sum1)).AsUInt16();
            var high = Vector128.Narrow(ClipAll(sum2), ClipAll(sum3)).AsUInt16();
            var separated = Vector128.Shuffle(Vector128.Narrow(low, high), byChannel).AsUInt32();
            for (var c = 0; c < channels; c++)
            {
                Unsafe.WriteUnaligned(ref planes[(c * plane) + at + x], separated[c]);
            }
        }

        return x;
    }

    /// <summary>One pixel's channels. Reads four bytes; the fourth lane of three channels is not used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Lanes(ref byte pixel, int offset)
    {
        var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref pixel, offset))).AsByte();
        return Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32();
    }

    private static void Pixel(ref byte row, int channels, ResampleKernel columns, int x, Span<byte> planes, int at, int plane)
    {
        var weights = columns.Weights.Slice(x * columns.Taps, columns.Taps);
        for (var c = 0; c < channels; c++)
        {
            var from = (columns.First[x] * channels) + c;
            var sum = PillowResampler.Half;
            for (var t = 0; t < weights.Length; t++)
            {
                sum += Unsafe.Add(ref row, from + (t * channels)) * weights[t];
            }

            planes[(c * plane) + at] = Clip(sum);
        }
    }

    private static Vector128<int> ClipAll(Vector128<int> sum)
        => Vector128.Clamp(sum >> ResampleKernel.FractionalBits, Vector128<int>.Zero, Vector128.Create(255));

    private static Vector256<int> ClipAll(Vector256<int> sum)
        => Vector256.Clamp(sum >> ResampleKernel.FractionalBits, Vector256<int>.Zero, Vector256.Create(255));

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleKernel.FractionalBits, 0, 255);
}

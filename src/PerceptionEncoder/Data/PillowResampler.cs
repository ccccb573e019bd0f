using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PerceptionEncoder.Data;

/// <summary>
/// Pillow's resize of 8-bit images, bit for bit: a horizontal pass rounded and clipped to 8 bits, then a vertical one, in 32-bit fixed point.
/// The horizontal pass also separates the channels, so that the vertical one runs along whole rows of one plane.
/// </summary>
internal static class PillowResampler
{
    private const int Half = 1 << (ResampleKernel.FractionalBits - 1);

    /// <summary>Resizes a box of an image.</summary>
    /// <param name="pixels">[height, width, channels].</param>
    /// <param name="width">Pixels in a row of <paramref name="pixels"/>.</param>
    /// <param name="channels">1 to 4.</param>
    /// <param name="box">The part that is read; nothing outside it counts.</param>
    /// <param name="columns">Weights from the box's columns to output columns.</param>
    /// <param name="rows">Weights from the box's rows to output rows.</param>
    /// <param name="planes">[channels, rows.Count, columns.Count], written whole.</param>
    public static void Resize(ReadOnlySpan<byte> pixels, int width, int channels, PixelBox box, ResampleKernel columns, ResampleKernel rows, Span<byte> planes)
    {
        var needed = rows.EndInput - rows.FirstInput;
        var plane = needed * columns.Count;
        var buffer = ArrayPool<byte>.Shared.Rent(channels * plane);
        try
        {
            var separated = buffer.AsSpan(0, channels * plane);
            Horizontal(pixels, width, channels, box with { Top = box.Top + rows.FirstInput, Height = needed }, columns, separated);
            var output = rows.Count * columns.Count;
            for (var c = 0; c < channels; c++)
            {
                Vertical(separated.Slice(c * plane, plane), columns.Count, rows, planes.Slice(c * output, output));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Horizontal(ReadOnlySpan<byte> pixels, int width, int channels, PixelBox box, ResampleKernel columns, Span<byte> planes)
    {
        // Pixels are read four bytes at a time, which for three channels reaches one byte past the last: a row that ends the image goes through a copy.
        var copy = ArrayPool<byte>.Shared.Rent((box.Width * channels) + 4);
        try
        {
            for (var y = 0; y < box.Height; y += 2)
            {
                var next = Math.Min(y + 1, box.Height - 1);
                var first = Row(pixels, width, channels, box, y, copy);
                var second = Row(pixels, width, channels, box, next, copy);
                var done = 0;
                if (channels >= 3)
                {
                    done = ColourRows(first, second, channels, columns, planes, y * columns.Count, next * columns.Count, box.Height * columns.Count);
                }

                for (var x = done; x < columns.Count; x++)
                {
                    ScalarPixel(first, channels, columns, x, planes, y * columns.Count, box.Height * columns.Count);
                    ScalarPixel(second, channels, columns, x, planes, next * columns.Count, box.Height * columns.Count);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    /// <summary>A row of the box and at least four more bytes.</summary>
    private static ReadOnlySpan<byte> Row(ReadOnlySpan<byte> pixels, int width, int channels, PixelBox box, int y, byte[] copy)
    {
        var row = pixels[((((box.Top + y) * width) + box.Left) * channels)..];
        var length = box.Width * channels;
        if (row.Length >= length + 4)
        {
            return row;
        }

        row[..length].CopyTo(copy);
        return copy;
    }

    /// <summary>Two rows of three or four channels, one vector lane each, four output pixels at a time.</summary>
    /// <returns>Output pixels done; fewer than four remain.</returns>
    private static int ColourRows(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int channels, ResampleKernel columns, Span<byte> planes, int firstAt, int secondAt, int plane)
    {
        var starts = columns.First;
        var taps = columns.Taps;
        ref var upper = ref MemoryMarshal.GetReference(first);
        ref var lower = ref MemoryMarshal.GetReference(second);
        ref var weights = ref MemoryMarshal.GetReference(columns.Weights);
        var x = 0;
        for (; x + 4 <= starts.Length; x += 4)
        {
            var (start0, start1, start2, start3) = (starts[x] * channels, starts[x + 1] * channels, starts[x + 2] * channels, starts[x + 3] * channels);
            var sum0 = Vector256.Create(Half);
            var (sum1, sum2, sum3) = (sum0, sum0, sum0);
            for (int t = 0, offset = 0; t < taps; t++, offset += channels)
            {
                sum0 += Lanes(ref upper, ref lower, start0 + offset) * Unsafe.Add(ref weights, t);
                sum1 += Lanes(ref upper, ref lower, start1 + offset) * Unsafe.Add(ref weights, taps + t);
                sum2 += Lanes(ref upper, ref lower, start2 + offset) * Unsafe.Add(ref weights, (2 * taps) + t);
                sum3 += Lanes(ref upper, ref lower, start3 + offset) * Unsafe.Add(ref weights, (3 * taps) + t);
            }

            weights = ref Unsafe.Add(ref weights, 4 * taps);
            (sum0, sum1, sum2, sum3) = (ClipAll(sum0), ClipAll(sum1), ClipAll(sum2), ClipAll(sum3));
            Separate(sum0.GetLower(), sum1.GetLower(), sum2.GetLower(), sum3.GetLower(), channels, planes, firstAt + x, plane);
            Separate(sum0.GetUpper(), sum1.GetUpper(), sum2.GetUpper(), sum3.GetUpper(), channels, planes, secondAt + x, plane);
        }

        return x;
    }

    /// <summary>One pixel of two rows. Reads four bytes of each; the fourth lane of three channels is not used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Lanes(ref byte upper, ref byte lower, int offset)
    {
        var bytes = Vector128.Create(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref upper, offset)), Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref lower, offset)), 0, 0).AsByte();
        return Vector256.WidenLower(Vector128.WidenLower(bytes).ToVector256Unsafe()).AsInt32();
    }

    /// <summary>Four pixels to four bytes of each plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Separate(Vector128<int> pixel0, Vector128<int> pixel1, Vector128<int> pixel2, Vector128<int> pixel3, int channels, Span<byte> planes, int at, int plane)
    {
        var low = Vector128.Narrow(pixel0, pixel1).AsUInt16();
        var high = Vector128.Narrow(pixel2, pixel3).AsUInt16();
        var byChannel = Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        var separated = Vector128.Shuffle(Vector128.Narrow(low, high), byChannel).AsUInt32();
        Unsafe.WriteUnaligned(ref planes[at], separated[0]);
        Unsafe.WriteUnaligned(ref planes[plane + at], separated[1]);
        Unsafe.WriteUnaligned(ref planes[(2 * plane) + at], separated[2]);
        if (channels == 4)
        {
            Unsafe.WriteUnaligned(ref planes[(3 * plane) + at], separated[3]);
        }
    }

    private static void ScalarPixel(ReadOnlySpan<byte> source, int channels, ResampleKernel columns, int x, Span<byte> planes, int at, int plane)
    {
        var weights = columns.Weights.Slice(x * columns.Taps, columns.Taps);
        for (var c = 0; c < channels; c++)
        {
            var from = (columns.First[x] * channels) + c;
            var sum = Half;
            for (var t = 0; t < weights.Length; t++)
            {
                sum += source[from + (t * channels)] * weights[t];
            }

            planes[(c * plane) + at + x] = Clip(sum);
        }
    }

    private static void Vertical(ReadOnlySpan<byte> plane, int width, ResampleKernel rows, Span<byte> output)
    {
        for (var y = 0; y < rows.Count; y++)
        {
            var weights = rows.Weights.Slice(y * rows.Taps, rows.Taps);
            var source = plane.Slice((rows.First[y] - rows.FirstInput) * width, weights.Length * width);
            var target = output.Slice(y * width, width);
            var x = 0;
            for (; x + Vector128<byte>.Count <= width; x += Vector128<byte>.Count)
            {
                var low = Vector256.Create(Half);
                var high = low;
                for (var t = 0; t < weights.Length; t++)
                {
                    var values = Vector256.WidenLower(Vector128.LoadUnsafe(in source[0], (nuint)((t * width) + x)).ToVector256Unsafe());
                    low += Vector256.WidenLower(values).AsInt32() * weights[t];
                    high += Vector256.WidenUpper(values).AsInt32() * weights[t];
                }

                var clipped = Vector256.Narrow(ClipAll(low), ClipAll(high)).AsUInt16();
                Vector128.Narrow(clipped.GetLower(), clipped.GetUpper()).StoreUnsafe(ref target[x]);
            }

            for (; x < width; x++)
            {
                var sum = Half;
                for (var t = 0; t < weights.Length; t++)
                {
                    sum += source[(t * width) + x] * weights[t];
                }

                target[x] = Clip(sum);
            }
        }
    }

    private static Vector256<int> ClipAll(Vector256<int> sum)
        => Vector256.Clamp(sum >> ResampleKernel.FractionalBits, Vector256<int>.Zero, Vector256.Create(255));

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleKernel.FractionalBits, 0, 255);
}

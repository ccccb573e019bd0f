using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Pillow's resize of 8-bit images, bit for bit: a horizontal pass rounded and clipped to 8 bits, then a vertical one, in 32-bit fixed
/// point. The horizontal pass also separates the channels, so that the vertical one runs along whole rows of one plane.
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
    public static void Resize(
        ReadOnlySpan<byte> pixels,
        int width,
        int channels,
        PixelBox box,
        ResampleKernel columns,
        ResampleKernel rows,
        Span<byte> planes)
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

    private static void Horizontal(
        ReadOnlySpan<byte> pixels,
        int width,
        int channels,
        PixelBox box,
        ResampleKernel columns,
        Span<byte> planes)
    {
        // Rows are read four bytes at a time, which for three channels reaches one byte past the last pixel: the last row of all goes
        // through a copy.
        var row = box.Width * channels;
        var copy = ArrayPool<byte>.Shared.Rent(row + 4);
        try
        {
            for (var y = 0; y < box.Height; y++)
            {
                var start = (((box.Top + y) * width) + box.Left) * channels;
                ReadOnlySpan<byte> source;
                if (start + row + 4 <= pixels.Length)
                {
                    source = pixels.Slice(start, row + 4);
                }
                else
                {
                    pixels.Slice(start, row).CopyTo(copy);
                    source = copy.AsSpan(0, row + 4);
                }

                if (channels >= 3)
                {
                    ColourRow(source, channels, columns, planes, y * columns.Count, box.Height * columns.Count);
                }
                else
                {
                    for (var x = 0; x < columns.Count; x++)
                    {
                        ScalarPixel(source, channels, columns, x, planes, y * columns.Count, box.Height * columns.Count);
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    /// <summary>Three or four channels: one vector lane each, four output pixels at a time.</summary>
    private static void ColourRow(ReadOnlySpan<byte> source, int channels, ResampleKernel columns, Span<byte> planes, int at, int plane)
    {
        var byChannel = Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        var first = columns.First;
        var taps = columns.Taps;
        ref var pixels = ref MemoryMarshal.GetReference(source);
        ref var weights = ref MemoryMarshal.GetReference(columns.Weights);
        var x = 0;
        for (; x + 4 <= first.Length; x += 4)
        {
            ref var pixel0 = ref Unsafe.Add(ref pixels, first[x] * channels);
            ref var pixel1 = ref Unsafe.Add(ref pixels, first[x + 1] * channels);
            ref var pixel2 = ref Unsafe.Add(ref pixels, first[x + 2] * channels);
            ref var pixel3 = ref Unsafe.Add(ref pixels, first[x + 3] * channels);
            var sum0 = Vector128.Create(Half);
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

        for (; x < first.Length; x++)
        {
            ScalarPixel(source, channels, columns, x, planes, at, plane);
        }
    }

    /// <summary>One pixel's channels. Reads four bytes; the fourth lane of three channels is not used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Lanes(ref byte pixel, int offset)
    {
        var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref pixel, offset))).AsByte();
        return Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32();
    }

    private static void ScalarPixel(
        ReadOnlySpan<byte> source,
        int channels,
        ResampleKernel columns,
        int x,
        Span<byte> planes,
        int at,
        int plane)
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

    private static Vector128<int> ClipAll(Vector128<int> sum)
        => Vector128.Clamp(sum >> ResampleKernel.FractionalBits, Vector128<int>.Zero, Vector128.Create(255));

    private static Vector256<int> ClipAll(Vector256<int> sum)
        => Vector256.Clamp(sum >> ResampleKernel.FractionalBits, Vector256<int>.Zero, Vector256.Create(255));

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleKernel.FractionalBits, 0, 255);
}

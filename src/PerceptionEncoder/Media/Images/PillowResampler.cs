using System.Buffers;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Pillow's resize of 8-bit images, bit for bit: a horizontal pass rounded and clipped to 8 bits, then a vertical one, in 32-bit fixed
/// point. The horizontal pass also separates the channels, so that the vertical one runs along whole rows of one plane.
/// </summary>
/// <remarks>
/// Why every path is exact: an output's sum is at most 255 times the weights' absolute sum, below 2^31, so additions modulo 2^32 find it
/// in any order. The x86 paths write a weight as high * 2^16 + low, low in [-2^15, 2^15), and add pixel * low and pixel * high apart, two
/// taps an instruction, none of which can overflow; (sum of the highs) * 2^16 + (sum of the lows) is the same number modulo 2^32.
/// </remarks>
internal static class PillowResampler
{
    /// <summary>A half in fixed point: what rounds.</summary>
    internal const int Half = 1 << (ResampleKernel.FractionalBits - 1);

    // Rows between the passes are padded to whole vectors, and planes to whole groups of rows: no vector path has a tail there.
    private const int ColumnPadding = 64;
    private const int RowPadding = 4;

    /// <summary>The widest vectors that this processor runs at full speed.</summary>
    public static VectorPath Widest { get; } =
        Vector512.IsHardwareAccelerated && Avx512BW.IsSupported ? VectorPath.Avx512
        : Avx2.IsSupported ? VectorPath.Avx2
        : VectorPath.Portable;

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
        => Resize(pixels, width, channels, box, columns, rows, planes, Widest);

    /// <summary>The same on a path of the caller's choice, which the processor must have.</summary>
    internal static void Resize(
        ReadOnlySpan<byte> pixels,
        int width,
        int channels,
        PixelBox box,
        ResampleKernel columns,
        ResampleKernel rows,
        Span<byte> planes,
        VectorPath path)
    {
        var needed = rows.EndInput - rows.FirstInput;
        var stride = RoundUp(columns.Count, ColumnPadding);
        var plane = RoundUp(needed + 1, RowPadding) * stride; // one row more, for the partner of a last odd tap
        var slot = columns.Reach(channels);
        var separated = ArrayPool<byte>.Shared.Rent(channels * plane);
        var copies = ArrayPool<byte>.Shared.Rent(RowPadding * slot);
        try
        {
            var part = box with { Top = box.Top + rows.FirstInput, Height = needed };
            Horizontal(path, new PixelRows(pixels, width, channels, part, slot, copies), columns, separated, stride, plane);
            var output = rows.Count * columns.Count;
            for (var c = 0; c < channels; c++)
            {
                Vertical(path, separated.AsSpan(c * plane, plane), stride, columns.Count, rows, planes.Slice(c * output, output));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(separated);
            ArrayPool<byte>.Shared.Return(copies);
        }
    }

    private static void Horizontal(VectorPath path, PixelRows source, ResampleKernel columns, Span<byte> planes, int stride, int plane)
    {
        switch (path)
        {
            case VectorPath.Avx512:
                Avx512Resampler.Horizontal(source, columns, planes, stride, plane);
                break;
            case VectorPath.Avx2:
                Avx2Resampler.Horizontal(source, columns, planes, stride, plane);
                break;
            default:
                PortableResampler.Horizontal(source, columns, planes, stride, plane);
                break;
        }
    }

    private static void Vertical(
        VectorPath path,
        ReadOnlySpan<byte> plane,
        int stride,
        int width,
        ResampleKernel rows,
        Span<byte> output)
    {
        switch (path)
        {
            case VectorPath.Avx512:
                Avx512Resampler.Vertical(plane, stride, width, rows, output);
                break;
            case VectorPath.Avx2:
                Avx2Resampler.Vertical(plane, stride, width, rows, output);
                break;
            default:
                PortableResampler.Vertical(plane, stride, width, rows, output);
                break;
        }
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}

using System.Buffers;
using System.Runtime.InteropServices;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Decodes JPEG with libjpeg-turbo as PIL does, equal to the bit, and leaves other formats to another decoder. Safe to share between
/// threads.
/// </summary>
internal sealed unsafe class TurboJpegDecoder(TurboJpeg library, IImageDecoder others) : IImageDecoder
{
    // What libjpeg warns of and decodes on, as PIL does. The error code alone does not tell: once warned, it calls a fatal error a warning.
    private static readonly string[] Warnings =
    [
        "Corrupt JPEG data", "Premature end of JPEG file", "Inconsistent progression sequence", "Invalid SOS parameters",
        "Unknown Adobe color transform", "Warning:",
    ];

    [ThreadStatic]
    private static TurboJpegHandle? ofThread;

    [ThreadStatic]
    private static byte[]? copyOfThread;

    /// <inheritdoc/>
    public DecodedImage Decode(ReadOnlySpan<byte> file, long maximumPixels)
        => Decode(file, maximumPixels, 1, int.MaxValue, length => GC.AllocateUninitializedArray<byte>(length));

    /// <inheritdoc/>
    public DecodedImage Decode(ReadOnlySpan<byte> file, long maximumPixels, int divisor, int rows, Func<int, byte[]> memory)
    {
        if (!file.StartsWith(JpegFile.Signature))
        {
            return others.Decode(file, maximumPixels, divisor, rows, memory);
        }

        var header = ImageHeader.Read(file, maximumPixels);
        ref var copy = ref copyOfThread;
        copy ??= [];
        var complete = JpegFile.UpperRows(JpegFile.Complete(file, header), rows, ref header, ref copy);
        var (width, height) = (ReducedDecoding.Side(header.Width, divisor), ReducedDecoding.Side(header.Height, divisor));
        var area = width * height;
        var pixels = memory(area * header.Channels);
        if (!header.Cmyk)
        {
            Decompress(complete, header, divisor, header.Channels == 1 ? TurboJpeg.Grey : TurboJpeg.Rgb, pixels);
            return new DecodedImage(width, height, header.Channels, pixels, Indexed: false) { Divisor = divisor };
        }

        var inks = ArrayPool<byte>.Shared.Rent(4 * area);
        try
        {
            Decompress(complete, header, divisor, TurboJpeg.Cmyk, inks);
            InvertedInks.ToRgb(inks.AsSpan(0, 4 * area), pixels);
            return new DecodedImage(width, height, 3, pixels, Indexed: false) { Divisor = divisor };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(inks);
        }
    }

    private void Decompress(ReadOnlySpan<byte> file, ImageHeader header, int divisor, int format, byte[] pixels)
    {
        var owner = ofThread ??= new TurboJpegHandle(library);
        if (Fault(owner.DangerousGetHandle(), file, header, divisor, format, pixels) is { } fault)
        {
            // It would go on where it stood in this file: after an error in the headers it does not start again by itself.
            ofThread = null;
            owner.Dispose();
            throw ImageFaults.Damaged(fault);
        }
    }

    /// <returns>What is wrong with the file, or null.</returns>
    private string? Fault(nint handle, ReadOnlySpan<byte> file, ImageHeader header, int divisor, int format, byte[] pixels)
    {
        fixed (byte* bytes = file)
        fixed (byte* target = pixels)
        {
            var length = new CULong((nuint)file.Length);
            int width = 0, height = 0, subsampling, colours;
            // It fails for rare subsamplings that it has no name for, though it decodes them: what counts is the size that it read before.
            _ = library.ReadHeader(handle, bytes, length, &width, &height, &subsampling, &colours);
            if ((width, height) != (header.Width, header.Height))
            {
                return width == 0 ? ErrorText(handle) : $"its headers say {header.Width}x{header.Height} and {width}x{height}";
            }

            (width, height) = (ReducedDecoding.Side(width, divisor), ReducedDecoding.Side(height, divisor));
            var failed = library.Decompress(handle, bytes, length, target, width, 0, height, format, TurboJpeg.AccurateDct) != 0;
            return failed && !OnlyWarned(handle) ? ErrorText(handle) : null;
        }
    }

    private bool OnlyWarned(nint handle)
    {
        var text = ErrorText(handle);
        return library.ErrorCode(handle) == TurboJpeg.OnlyWarned
            && Warnings.Any(warning => text.StartsWith(warning, StringComparison.Ordinal));
    }

    private string ErrorText(nint handle) => Marshal.PtrToStringUTF8(library.ErrorText(handle)) ?? "";
}

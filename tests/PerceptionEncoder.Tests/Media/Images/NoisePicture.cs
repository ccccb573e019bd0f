using System.Runtime.InteropServices;
using PerceptionEncoder.Media.Images;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;

namespace PerceptionEncoder.Tests.Media.Images;

/// <summary>A picture of 33x17 pixels of noise, in every format that is read.</summary>
internal static partial class NoisePicture
{
    public const int Width = 33;
    public const int Height = 17;
    private const int Progressive = 16384; // TJFLAG_PROGRESSIVE

    /// <summary>[height, width, 3].</summary>
    public static byte[] Pixels { get; } = Noise(3 * Width * Height);

    public static byte[] Png { get; } = PngEncoder.Encode(new DecodedImage(Width, Height, 3, Pixels, Indexed: false));

    public static byte[] Jpeg { get; } = WriteJpeg(0);

    public static byte[] ProgressiveJpeg { get; } = WriteJpeg(Progressive);

    public static byte[] LossyWebP { get; } = Write(new WebpEncoder { FileFormat = WebpFileFormatType.Lossy, Quality = 80 });

    public static byte[] LosslessWebP { get; } = Write(new WebpEncoder { FileFormat = WebpFileFormatType.Lossless });

    public static byte[] Bmp { get; } = Write(new BmpEncoder { BitsPerPixel = BmpBitsPerPixel.Pixel24 });

    public static byte[] Gif { get; } = Write(new GifEncoder());

    private static byte[] Noise(int length)
    {
        var pixels = new byte[length];
        new Random(1).NextBytes(pixels);
        return pixels;
    }

    private static byte[] Write(IImageEncoder encoder)
    {
        using var picture = Image.LoadPixelData<Rgb24>(Pixels, Width, Height);
        using var file = new MemoryStream();
        picture.Save(file, encoder);
        return file.ToArray();
    }

    /// <summary>ImageSharp writes no progressive files, so that libjpeg-turbo writes these.</summary>
    private static unsafe byte[] WriteJpeg(int flags)
    {
        const int Subsampling420 = 2;
        var compressor = InitCompress();
        byte* file = null;
        CULong length = default;
        try
        {
            fixed (byte* pixels = Pixels)
            {
                var failed = Compress(compressor, pixels, Width, 0, Height, TurboJpeg.Rgb, &file, &length, Subsampling420, 95, flags);
                return failed == 0 ? [.. new ReadOnlySpan<byte>(file, (int)length.Value)] : throw new InvalidOperationException("no JPEG");
            }
        }
        finally
        {
            Free(file);
            _ = Destroy(compressor);
        }
    }

    [LibraryImport("libturbojpeg.so.0", EntryPoint = "tjInitCompress")]
    private static partial nint InitCompress();

    [LibraryImport("libturbojpeg.so.0", EntryPoint = "tjCompress2")]
    private static unsafe partial int Compress(
        nint handle,
        byte* pixels,
        int width,
        int pitch,
        int height,
        int format,
        byte** file,
        CULong* length,
        int subsampling,
        int quality,
        int flags);

    [LibraryImport("libturbojpeg.so.0", EntryPoint = "tjFree")]
    private static unsafe partial void Free(byte* memory);

    [LibraryImport("libturbojpeg.so.0", EntryPoint = "tjDestroy")]
    private static partial int Destroy(nint handle);
}

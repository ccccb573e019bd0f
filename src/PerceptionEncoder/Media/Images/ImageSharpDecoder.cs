using System.Runtime.InteropServices;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.PixelFormats;
using SharpConfiguration = SixLabors.ImageSharp.Configuration;
using SharpDecoder = SixLabors.ImageSharp.Formats.IImageDecoder;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Decodes PNG, WebP and BMP with ImageSharp, GIF and portable pixmaps by itself, in the mode PIL would open the file in: CMYK comes as
/// RGB, 16 bits a channel as the upper 8, palettes as their colours. It reads JPEG, too, to nearly the pixels of PIL: mean 0.9 levels off.
/// Safe to share between threads.
/// </summary>
/// <param name="warn">Is told once, at the first JPEG, that its pixels are not the published ones.</param>
internal sealed class ImageSharpDecoder(Action<string> warn) : IImageDecoder
{
    // Memory comes cleared: of damaged data the library leaves pixels unwritten, and those would otherwise show what was there before.
    private static readonly SharpConfiguration Settings = new() { MemoryAllocator = new SimpleGcMemoryAllocator() };
    private static readonly PngDecoder Png = new() { IgnoreMetadata = true };
    private static readonly WebpDecoder WebP = new() { IgnoreMetadata = true };
    private static readonly BmpDecoder Bmp = new() { RleSkippedPixelHandling = RleSkippedPixelHandling.FirstColorOfPalette };
    private static readonly JpegDecoder Jpeg = new() { IgnoreMetadata = true };
    private int warned;

    /// <inheritdoc/>
    public DecodedImage Decode(ReadOnlySpan<byte> file, long maximumPixels)
    {
        var header = ImageHeader.Read(file, maximumPixels);
        if (file.StartsWith(GifFile.Signature))
        {
            return GifFile.Decode(file, header);
        }

        if (PixmapFile.Is(file))
        {
            return PixmapFile.Decode(file);
        }

        if (file.StartsWith(WebPFile.Signature))
        {
            var picture = WebPFile.FirstPicture(file, header);
            var size = header with { Width = picture.Place.Width, Height = picture.Place.Height };
            return OnCanvas(Decode(picture.File, WebP, size), picture.Place, header);
        }

        if (file.StartsWith(PngFile.Signature))
        {
            return Decode(PngFile.DefaultPicture(file), header);
        }

        if (!file.StartsWith(JpegFile.Signature))
        {
            var bitmap = Decode(file, Bmp, header);
            BmpFile.SpreadSixteenBits(file, bitmap.Pixels);
            return bitmap;
        }

        if (Interlocked.Exchange(ref warned, 1) == 0)
        {
            warn("JPEG is decoded without libjpeg-turbo: pixels differ a little from the published ones. Run scripts/prerequisites.sh.");
        }

        return Decode(JpegFile.Complete(file, header), Jpeg, header);
    }

    /// <summary>
    /// The library misreads interlaced pictures of less than five columns, so each pass is decoded as a picture of its own.
    /// </summary>
    private static DecodedImage Decode((byte[] File, PngPass Pass)[] parts, ImageHeader header)
    {
        if (parts is [(var file, { StepX: 1, StepY: 1 })])
        {
            return Decode(file, Png, header);
        }

        var pixels = new byte[header.Width * header.Height * header.Channels];
        var whole = new DecodedImage(header.Width, header.Height, header.Channels, pixels, header.Indexed);
        foreach (var (picture, pass) in parts)
        {
            var size = header with { Width = (int)pass.Columns(header.Width), Height = (int)pass.Rows(header.Height) };
            pass.Spread(Decode(picture, Png, size), whole);
        }

        return whole;
    }

    private static DecodedImage Decode(ReadOnlySpan<byte> file, SharpDecoder decoder, ImageHeader header)
        => (header.Channels, header.Wide) switch
        {
            (1, false) => Decode<L8>(file, decoder, header),
            (1, true) => Decode<L16>(file, decoder, header),
            (2, false) => Decode<La16>(file, decoder, header),
            (2, true) => Decode<La32>(file, decoder, header),
            (3, false) => Decode<Rgb24>(file, decoder, header),
            (3, true) => Decode<Rgb48>(file, decoder, header),
            (_, false) => Decode<Rgba32>(file, decoder, header),
            (_, true) => Decode<Rgba64>(file, decoder, header),
        };

    private static DecodedImage Decode<TPixel>(ReadOnlySpan<byte> file, SharpDecoder decoder, ImageHeader header)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using var image = Load<TPixel>(file, decoder);
        if (image.Width != header.Width || image.Height != header.Height)
        {
            throw ImageFaults.Damaged($"its header says {header.Width}x{header.Height}, its data {image.Width}x{image.Height}");
        }

        var row = header.Width * header.Channels;
        var pixels = GC.AllocateUninitializedArray<byte>(header.Height * row);
        image.ProcessPixelRows(rows =>
        {
            for (var y = 0; y < rows.Height; y++)
            {
                var source = MemoryMarshal.AsBytes(rows.GetRowSpan(y));
                var target = pixels.AsSpan(y * row, row);
                if (!header.Wide)
                {
                    source.CopyTo(target);
                    continue;
                }

                for (var i = 0; i < target.Length; i++)
                {
                    target[i] = source[(2 * i) + 1]; // little-endian: the upper byte is the second
                }
            }
        });
        return new DecodedImage(header.Width, header.Height, header.Channels, pixels, header.Indexed);
    }

    /// <summary>
    /// Whatever the library throws comes of the bytes, since nothing else goes in: some damage is an index or null error in it.
    /// </summary>
    internal static Image<TPixel> Load<TPixel>(ReadOnlySpan<byte> file, SharpDecoder decoder)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        try
        {
            return Image.Load<TPixel>(Settings, file, decoder);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw ImageFaults.Damaged(failure.Message.ReplaceLineEndings(" "));
        }
    }

    private static DecodedImage OnCanvas(DecodedImage picture, PixelBox place, ImageHeader header)
    {
        if (place == new PixelBox(0, 0, header.Width, header.Height))
        {
            return picture;
        }

        var pixels = new byte[header.Width * header.Height * header.Channels];
        var row = place.Width * header.Channels;
        for (var y = 0; y < place.Height; y++)
        {
            picture.Pixels.AsSpan(y * row, row).CopyTo(pixels.AsSpan((((place.Top + y) * header.Width) + place.Left) * header.Channels));
        }

        return picture with { Width = header.Width, Height = header.Height, Pixels = pixels };
    }
}

using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>Reads the images and clips that are packed, and looks whether they are that. Safe to share between threads.</summary>
/// <param name="maximumSide">Images whose longer side is longer are shrunk; null leaves every file as it is.</param>
/// <param name="verify">Whether images are decoded whole and clips opened.</param>
/// <param name="clips">Opens clips.</param>
/// <param name="cancellation">Stops the opening of a clip.</param>
internal sealed class SampleMedia(int? maximumSide, bool verify, Func<IVideoReader> clips, CancellationToken cancellation)
{
    private const string EmptyFile = "empty file";

    /// <summary>Endings by the first bytes of a file whose own says nothing.</summary>
    private static readonly (byte[] Start, string Extension)[] Known =
        [([0xFF, 0xD8], "jpg"), ([0x89, .. "PNG"u8], "png"), ([.. "RIFF"u8], "webp"), ([.. "GIF8"u8], "gif"), ([.. "BM"u8], "bmp")];

    private readonly Lazy<IVideoReader> reader = new(clips);

    /// <summary>Extension in the shard, and the file's bytes, or those of a smaller picture.</summary>
    /// <exception cref="BadSampleException">The file is missing, cannot be read, or is empty.</exception>
    /// <exception cref="ImageException">It is no image.</exception>
    /// <exception cref="VideoException">It is no clip.</exception>
    public (string Extension, ReadOnlyMemory<byte> Data) Read(string file)
    {
        var (bytes, extension) = (ReadFile(file), MediaFiles.Extension(file));
        if (MediaFiles.IsVideo(file))
        {
            if (bytes.Length == 0)
            {
                throw new BadSampleException(EmptyFile, "0 bytes");
            }

            if (verify)
            {
                reader.Value.Probe(file, cancellation);
            }

            return (extension, bytes);
        }

        var header = ImageHeader.Read(bytes, IImageDecoder.DefaultMaximumPixels);
        var longer = Math.Max(header.Width, header.Height);
        if (maximumSide is { } side && longer > side)
        {
            return ("jpg", Shrink(bytes, side / (double)longer));
        }

        if (verify)
        {
            TransientImage.Decode(ImageDecoders.Default, bytes, IImageDecoder.DefaultMaximumPixels);
        }

        return (MediaFiles.IsImage(file) ? extension : Array.Find(Known, known => bytes.AsSpan().StartsWith(known.Start)).Extension, bytes);
    }

    private static byte[] Shrink(byte[] file, double scale)
    {
        var image = TransientImage.Decode(ImageDecoders.Default, file, IImageDecoder.DefaultMaximumPixels);
        var (height, width) = (Scaled(image.Height), Scaled(image.Width));
        var transform = new ImageTransform(height, width, interpolation: Interpolation.Bicubic);
        return JpegEncoder.Encode(DecodedImage.OfPlanes(transform.Apply(image), height, width));

        int Scaled(int length) => Math.Max(1, (int)Math.Round(length * scale));
    }

    private static byte[] ReadFile(string file)
    {
        try
        {
            return UserFile.ReadAllBytes(file, UserFile.MediaLimit);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadSampleException(BadRow.MissingFile, file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BadSampleException(MediaItem.UnreadableFile, failure.Message.ReplaceLineEndings(" "));
        }
    }
}

using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>Mask files: 8-bit indices, with a palette or grey.</summary>
internal static class IndexedMask
{
    /// <summary>DAVIS' and VOC's colours: bits of the index, spread over those of red, green and blue.</summary>
    public static byte[] Palette { get; } = [.. Enumerable.Range(0, 256).SelectMany(Color)];

    /// <exception cref="UserErrorException">It cannot be read, or has colours instead of indices.</exception>
    public static DecodedImage Read(string path, long maximumPixels)
    {
        var image = NamedImage.Read(path, file => IndexedPng.Decode(file, maximumPixels));
        return image.Channels == 1
            ? image
            : throw NoIndices(path, image.Channels);
    }

    /// <summary>Looks at the head of a file alone, so that a set of no use is known before hours of work.</summary>
    /// <exception cref="UserErrorException">It cannot be read, has colours instead of indices, or is of another size.</exception>
    public static void Check(string path, int height, int width)
    {
        var header = NamedImage.Read(path, file => ImageHeader.Read(file, long.MaxValue));
        if (header.Channels != 1 && !header.Indexed)
        {
            throw NoIndices(path, header.Channels);
        }

        if ((header.Height, header.Width) != (height, width))
        {
            throw new UserErrorException(
                $"{path}: a mask of {header.Width}x{header.Height} pixels, but the first mask of the clip has {width}x{height}.");
        }
    }

    private static UserErrorException NoIndices(string path, int channels)
        => new($"{path}: a mask holds an index a pixel, in a palette or grey; this one has {channels} channels of colour.");

    private static byte[] Color(int index)
    {
        var color = new byte[3];
        for (var bit = 7; index > 0; index >>= 3, bit--)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                color[channel] |= (byte)(((index >> channel) & 1) << bit);
            }
        }

        return color;
    }
}

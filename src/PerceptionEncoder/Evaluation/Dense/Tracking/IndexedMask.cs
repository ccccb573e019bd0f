using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>Mask files: 8-bit indices, with a palette or grey.</summary>
internal static class IndexedMask
{
    /// <summary>The indices of a file.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or has colours instead of indices.</exception>
    public static DecodedImage Read(string path, long maximumPixels)
    {
        var image = NamedImage.Read(path, file => NumberImage.Decode(file, maximumPixels));
        return image.Wide
            ? throw new UserErrorException($"{path}: a mask holds an index of 8 bits a pixel; this one has 16.")
            : new DecodedImage(image.Width, image.Height, 1, Array.ConvertAll(image.Values, value => (byte)value), Indexed: true);
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
}

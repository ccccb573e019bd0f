using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Data.Items;

/// <summary>Cuts away a frame of pixels that is no part of the image.</summary>
internal static class ImageBorder
{
    /// <returns>What is inside the border, in the image's own mode; the image itself for a border of 0.</returns>
    /// <exception cref="BadSampleException">Nothing would be left.</exception>
    public static DecodedImage Remove(DecodedImage image, int border)
    {
        if (border == 0)
        {
            return image;
        }

        int width = image.Width - (2 * border), height = image.Height - (2 * border);
        if (width < 1 || height < 1)
        {
            throw new BadSampleException("image too small", $"{image.Width}x{image.Height} has nothing inside a border of {border} pixels");
        }

        var row = width * image.Channels;
        var pixels = GC.AllocateUninitializedArray<byte>(row * height);
        for (var y = 0; y < height; y++)
        {
            image.Pixels.AsSpan((((y + border) * image.Width) + border) * image.Channels, row).CopyTo(pixels.AsSpan(y * row));
        }

        return image with { Width = width, Height = height, Pixels = pixels };
    }
}

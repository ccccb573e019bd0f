using CsCheck;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Data;

/// <summary>Images of random pixels.</summary>
internal static class TestImages
{
    /// <summary>Sides of 1 to 70 pixels, 1 to 4 channels.</summary>
    public static Gen<DecodedImage> Any { get; } = Gen.Select(Gen.Int[1, 70], Gen.Int[1, 70], Gen.Int[1, 4], Gen.ULong).Select(Noise);

    public static DecodedImage Noise(int width, int height, int channels, ulong seed)
    {
        var random = new SampleRandom(seed);
        var pixels = new byte[width * height * channels];
        foreach (ref var value in pixels.AsSpan())
        {
            value = (byte)random.NextBelow(256);
        }

        return new DecodedImage(width, height, channels, pixels, Indexed: false);
    }

    /// <summary>One channel of an image.</summary>
    public static byte[,] Channel(DecodedImage image, int channel)
    {
        var plane = new byte[image.Height, image.Width];
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                plane[y, x] = image.Pixels[(((y * image.Width) + x) * image.Channels) + channel];
            }
        }

        return plane;
    }

    /// <summary>A part of an image as an image.</summary>
    public static DecodedImage Crop(DecodedImage image, PixelBox box)
    {
        var pixels = Enumerable.Range(box.Top, box.Height)
            .SelectMany(y => image.Pixels.Skip(((y * image.Width) + box.Left) * image.Channels).Take(box.Width * image.Channels));
        return image with { Width = box.Width, Height = box.Height, Pixels = [.. pixels] };
    }
}

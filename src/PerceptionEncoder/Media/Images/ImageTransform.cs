namespace PerceptionEncoder.Media.Images;

/// <summary>
/// The transform of evaluation, without randomness; equal to the published one (torchvision on PIL images) to the bit. Safe to share
/// between threads.
/// </summary>
public sealed class ImageTransform
{
    private readonly int height;
    private readonly int width;
    private readonly ImageFit fit;
    private readonly Interpolation interpolation;

    /// <param name="height">Of the output, in pixels.</param>
    /// <param name="width">Of the output, in pixels.</param>
    /// <param name="fit">What happens to the aspect ratio.</param>
    /// <param name="interpolation">The filter; palette and bilevel images use nearest neighbour whatever it is.</param>
    /// <exception cref="ArgumentException">A side below 1, or a centre crop that is not square.</exception>
    public ImageTransform(int height, int width, ImageFit fit = ImageFit.Squash, Interpolation interpolation = Interpolation.Bilinear)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (fit == ImageFit.CenterCrop && height != width)
        {
            throw new ArgumentException($"a centre crop is square, not {height}x{width}");
        }

        this.height = height;
        this.width = width;
        this.fit = fit;
        this.interpolation = interpolation;
    }

    /// <returns>[3, height, width] RGB, 8 bits.</returns>
    public byte[] Apply(DecodedImage image)
    {
        var planes = GC.AllocateUninitializedArray<byte>(3 * height * width);
        Apply(image, planes);
        return planes;
    }

    /// <summary>The same into memory of the caller.</summary>
    /// <param name="image">In its own mode.</param>
    /// <param name="planes">[3, height, width] RGB, 8 bits.</param>
    public void Apply(DecodedImage image, Span<byte> planes)
    {
        var (size, window) = fit == ImageFit.Squash ? ((height, width), new PixelBox(0, 0, width, height)) : CenterCrop(image, height);
        ModeAwareResize.ToRgb(image, new PixelBox(0, 0, image.Width, image.Height), size, window, interpolation, planes);
    }

    private static ((int Height, int Width) Size, PixelBox Window) CenterCrop(DecodedImage image, int side)
    {
        var size = image.Width <= image.Height
            ? (Height: (int)((long)side * image.Height / image.Width), Width: side)
            : (Height: side, Width: (int)((long)side * image.Width / image.Height));
        return (size, new PixelBox(Offset(size.Width), Offset(size.Height), side, side));

        // Python's round: halves to even.
        int Offset(int whole) => (int)Math.Round((whole - side) / 2.0, MidpointRounding.ToEven);
    }
}

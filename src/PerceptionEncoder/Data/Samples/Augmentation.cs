using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Data.Samples;

/// <summary>
/// Random resized crop, changes of colour in random order, horizontal flip: torchvision's rules and PIL's 8-bit arithmetic.
/// The result depends on the image, the options, the size and the seed alone. Safe to share between threads.
/// </summary>
/// <remarks>Perception Encoder, pretraining table: aspect and crop scale, colour jitter, flip.</remarks>
public sealed class Augmentation
{
    private readonly AugmentationOptions options;

    private enum Change
    {
        Brightness,
        Saturation,
        Contrast,
        Hue,
    }

    /// <summary>Keeps the options.</summary>
    public Augmentation(AugmentationOptions options) => this.options = options;

    /// <param name="image">In its own mode.</param>
    /// <param name="height">Of the output, in pixels.</param>
    /// <param name="width">Of the output, in pixels.</param>
    /// <param name="seed">Of this sample in this epoch.</param>
    /// <returns>[3, height, width] RGB, 8 bits.</returns>
    public byte[] Apply(DecodedImage image, int height, int width, ulong seed)
    {
        var planes = GC.AllocateUninitializedArray<byte>(3 * height * width);
        Apply(image, height, width, seed, planes);
        return planes;
    }

    /// <summary>The same into memory of the caller.</summary>
    /// <param name="image">In its own mode.</param>
    /// <param name="height">Of the output, in pixels.</param>
    /// <param name="width">Of the output, in pixels.</param>
    /// <param name="seed">Of this sample in this epoch.</param>
    /// <param name="planes">[3, height, width] RGB, 8 bits.</param>
    public void Apply(DecodedImage image, int height, int width, ulong seed, Span<byte> planes)
    {
        var random = new SampleRandom(seed);
        Apply(image, Crop(image.Width, image.Height, ref random), height, width, ref random, planes);
    }

    /// <summary>The same of a file, of which no more is decoded than the crop needs.</summary>
    /// <param name="file">Bytes of an image file.</param>
    /// <param name="decoder">Decodes it.</param>
    /// <param name="maximumPixels">Of the whole picture.</param>
    /// <param name="reduce">Decodes it smaller where the crop allows: <see cref="DataOptions.JpegScaling"/>.</param>
    /// <param name="height">Of the output, in pixels.</param>
    /// <param name="width">Of the output, in pixels.</param>
    /// <param name="seed">Of this sample in this epoch.</param>
    /// <param name="planes">[3, height, width] RGB, 8 bits.</param>
    /// <returns>What of the picture is seen.</returns>
    /// <exception cref="ImageException">The decoder's.</exception>
    internal AugmentedView Apply(
        ReadOnlySpan<byte> file,
        IImageDecoder decoder,
        long maximumPixels,
        bool reduce,
        int height,
        int width,
        ulong seed,
        Span<byte> planes)
    {
        var header = ImageHeader.Read(file, maximumPixels);
        var random = new SampleRandom(seed);
        var box = Crop(header.Width, header.Height, ref random);
        var divisor = reduce ? ReducedDecoding.Divisor(box, height, width) : 1;
        var image = TransientImage.Decode(decoder, file, maximumPixels, divisor, rows: box.Top + box.Height);
        var isFlipped = Apply(image, ReducedDecoding.Reduce(box, image.Divisor), height, width, ref random, planes);
        return new AugmentedView(box, header.Width, header.Height, isFlipped);
    }

    private PixelBox Crop(int width, int height, ref SampleRandom random)
        => options.CropScale is { } scale
            ? RandomResizedCrop.Draw(width, height, scale, options.Aspect, ref random)
            : new PixelBox(0, 0, width, height);

    /// <returns>Whether it is flipped.</returns>
    private bool Apply(DecodedImage image, PixelBox box, int height, int width, ref SampleRandom random, Span<byte> planes)
    {
        ModeAwareResize.ToRgb(image, box, (height, width), new PixelBox(0, 0, width, height), Interpolation.Bilinear, planes);

        // Every number is drawn whether it is used or not: switching one change off leaves the others as they were.
        var saturationFirst = Unit(ref random) < 0.5;
        var brightness = JitterFactor(options.Brightness, ref random);
        var saturation = JitterFactor(options.Saturation, ref random);
        var flip = Unit(ref random) < options.Flip;
        List<Change> order = saturationFirst ? [Change.Saturation, Change.Brightness] : [Change.Brightness, Change.Saturation];
        order.Insert((int)(3 * Unit(ref random)), Change.Contrast);
        order.Insert((int)(4 * Unit(ref random)), Change.Hue);
        var contrast = JitterFactor(options.Contrast, ref random);
        var hue = Uniform(new Interval(-options.Hue, options.Hue), ref random);
        if (Unit(ref random) < options.JitterProbability)
        {
            foreach (var change in order)
            {
                switch (change)
                {
                    case Change.Brightness:
                        ColourJitter.Brightness(planes, brightness);
                        break;
                    case Change.Saturation:
                        ColourJitter.Saturation(planes, saturation);
                        break;
                    case Change.Contrast:
                        ColourJitter.Contrast(planes, contrast);
                        break;
                    default:
                        ColourJitter.Hue(planes, hue);
                        break;
                }
            }
        }

        if (flip)
        {
            for (var row = 0; row < planes.Length; row += width)
            {
                planes.Slice(row, width).Reverse();
            }
        }

        return flip;
    }

    /// <summary>Uniform in [0, 1).</summary>
    internal static double Unit(ref SampleRandom random) => SampleRandom.ToUnit(random.Next());

    /// <summary>Uniform in a range.</summary>
    internal static double Uniform(Interval range, ref SampleRandom random) => range.Low + ((range.High - range.Low) * Unit(ref random));

    private static float JitterFactor(double strength, ref SampleRandom random)
        => (float)Uniform(new Interval(Math.Max(0, 1 - strength), 1 + strength), ref random);
}

using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data;

/// <summary>The decode stage of contrastive training: image file to augmented pixels, caption to tokens. Safe to share between threads.</summary>
/// <param name="images">Decodes image files.</param>
/// <param name="augmentation">Random changes, seeded per sample.</param>
/// <param name="tokenize">Caption to [context] ids, padded with zeros.</param>
/// <param name="resolution">Side of the square output, in pixels.</param>
/// <param name="maximumPixels">Larger images are bad samples.</param>
public sealed class ImageTextDecoder(IImageDecoder images, Augmentation augmentation, Func<string, int[]> tokenize, int resolution, long maximumPixels)
{
    /// <summary>A <see cref="SampleDecoder"/>.</summary>
    public int[] Decode(Sample sample, SourceOptions source, ulong sampleSeed, Span<byte> pixels)
    {
        var (file, caption) = CaptionedImage.From(sample, source, sampleSeed);
        augmentation.Apply(images.Decode(file.Span, maximumPixels), resolution, resolution, sampleSeed, pixels);
        return tokenize(caption);
    }
}

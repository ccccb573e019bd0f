using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Data.Samples;

/// <summary>
/// The decode stage of contrastive training: image file to augmented pixels, caption to tokens. Safe to share between threads.
/// </summary>
/// <param name="images">Decodes image files.</param>
/// <param name="augmentation">Random changes, seeded per sample.</param>
/// <param name="tokenize">Caption to [context] ids, padded with zeros.</param>
/// <param name="resolution">Side of the square output, in pixels.</param>
/// <param name="maximumPixels">Larger images are bad samples.</param>
/// <param name="jpegScaling">Decodes JPEG no larger than the crop needs: <see cref="DataOptions.JpegScaling"/>.</param>
public sealed class ImageTextDecoder(
    IImageDecoder images,
    Augmentation augmentation,
    Func<string, int[]> tokenize,
    int resolution,
    long maximumPixels,
    bool jpegScaling = false)
{
    /// <summary>A <see cref="SampleDecoder"/> of <see cref="ImageTextBatch"/>.</summary>
    public void Decode(Sample sample, SourceOptions source, ulong sampleSeed, SampleFields fields)
        => Decode(sample, source, sampleSeed, fields.Of<byte>(ImageTextBatch.ImageField), fields);

    /// <summary>The same with the image in another field.</summary>
    /// <param name="sample">As stored.</param>
    /// <param name="source">Of the sample.</param>
    /// <param name="sampleSeed">Of its augmentation.</param>
    /// <param name="pixels">[3, resolution, resolution].</param>
    /// <param name="fields">Take the caption.</param>
    internal void Decode(Sample sample, SourceOptions source, ulong sampleSeed, Span<byte> pixels, SampleFields fields)
    {
        var (file, caption) = CaptionedImage.From(sample, source, sampleSeed);
        augmentation.Apply(file.Span, images, maximumPixels, jpegScaling, resolution, resolution, sampleSeed, pixels);
        ImageTextBatch.WriteTokens(tokenize(caption), fields);
    }
}

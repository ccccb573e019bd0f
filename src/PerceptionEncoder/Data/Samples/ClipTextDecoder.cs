using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data.Samples;

/// <summary>
/// The decode stage of video finetuning: clip to augmented frames, caption to tokens. All frames of a clip get the same crop, colours and
/// flip. A source of images gives one frame a sample, so that both may stand in one batch. Safe to share between threads.
/// </summary>
/// <param name="clips">Reads clips.</param>
/// <param name="augmentation">Random changes, seeded per sample.</param>
/// <param name="tokenize">Caption to [context] ids, padded with zeros.</param>
/// <param name="resolution">Side of the square output, in pixels.</param>
/// <param name="maximumPixels">Larger images are bad samples.</param>
/// <param name="jpegScaling">Decodes JPEG of image sources no larger than the crop needs: <see cref="DataOptions.JpegScaling"/>.</param>
public sealed class ClipTextDecoder(
    ClipDecoder clips,
    Augmentation augmentation,
    Func<string, int[]> tokenize,
    int resolution,
    long maximumPixels,
    bool jpegScaling = false)
{
    private readonly ImageTextDecoder images = new(
        ImageDecoders.Default,
        augmentation,
        tokenize,
        resolution,
        maximumPixels,
        jpegScaling);
    private readonly int frameLength = 3 * resolution * resolution;

    /// <summary>A <see cref="SampleDecoder"/> of <see cref="ClipTextBatch"/>.</summary>
    public void Decode(Sample sample, SourceOptions source, ulong sampleSeed, SampleFields fields)
    {
        var pixels = fields.Of<byte>(ClipTextBatch.FrameField);
        if (source.Media == MediaKind.Image)
        {
            images.Decode(sample, source, sampleSeed, pixels[..frameLength], fields);
            fields.SetLength(ClipTextBatch.FrameField, 1);
            return;
        }

        ImageTextBatch.WriteTokens(tokenize(CaptionedImage.FindCaption(sample, source, sampleSeed)), fields);
        var frames = clips.Read(sample, source.Videos);
        for (var i = 0; i < frames.Length; i++)
        {
            augmentation.Apply(frames[i], resolution, resolution, sampleSeed, pixels.Slice(i * frameLength, frameLength));
        }
    }
}

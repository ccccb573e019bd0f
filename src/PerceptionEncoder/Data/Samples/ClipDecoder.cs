using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Data.Samples;

/// <summary>
/// The frames that stand for a clip, spread evenly from first to last, from video files or from frames decoded before. Safe to share
/// between threads.
/// </summary>
/// <param name="reader">Decodes video files.</param>
/// <param name="frames">Frames of a clip; repeated where it has fewer.</param>
/// <param name="squarePixels">Apply the sample aspect ratio; of no use before a squash to a square.</param>
/// <param name="maximumPixels">
/// Clips whose frames have more pixels together, and stored frames that have more each, are bad samples.
/// </param>
/// <param name="cancellation">Stops the decoders.</param>
/// <param name="sampled">Takes a frame a second up to <paramref name="frames"/>, and repeats none: <see cref="FrameSampling"/>.</param>
public sealed class ClipDecoder(
    IVideoReader reader,
    int frames,
    bool squarePixels = false,
    long maximumPixels = IImageDecoder.DefaultMaximumPixels,
    CancellationToken cancellation = default,
    bool sampled = false)
{
    /// <summary>Reason of a sample without any of the clip members.</summary>
    public const string MissingVideo = "missing video";

    private readonly FrameRequest request = (sampled ? FrameRequest.Sampled(frames) : FrameRequest.Uniform(frames)) with
    {
        SquarePixels = squarePixels,
        MaximumPixels = maximumPixels,
    };
    private readonly IImageDecoder images = ImageDecoders.Default;

    /// <summary>Frames of a file.</summary>
    /// <exception cref="BadSampleException">It is no usable clip.</exception>
    public DecodedImage[] Read(string path) => Read(() => reader.Read(path, request, cancellation));

    /// <summary>Frames of the bytes of a file.</summary>
    /// <exception cref="BadSampleException">It is no usable clip.</exception>
    public DecodedImage[] Read(ReadOnlyMemory<byte> file) => Read(() => reader.Read(file.Span, request, cancellation));

    /// <summary>Frames of a shard's sample: of those stored, spread as those of a clip, or of its video file.</summary>
    /// <param name="sample">As stored.</param>
    /// <param name="extensions">Of the clip member; the first present wins.</param>
    /// <exception cref="BadSampleException">It has no usable clip.</exception>
    /// <exception cref="ImageException">A stored frame cannot be decoded.</exception>
    public DecodedImage[] Read(Sample sample, IReadOnlyList<string> extensions)
    {
        if (FrameMembers.Of(sample) is { Count: > 0 } stored)
        {
            var chosen = sampled
                ? FrameSampling.Spread([.. Enumerable.Range(0, stored.Count)], frames)
                : FrameIndices.Uniform(frames, stored.Count);
            var decoded = chosen.Distinct().ToDictionary(index => index, index => images.Decode(stored[index].Span, maximumPixels));
            return [.. chosen.Select(index => decoded[index])];
        }

        return extensions.FirstOrDefault(sample.Members.ContainsKey) is { } extension
            ? Read(sample.Members[extension])
            : throw new BadSampleException(
                MissingVideo,
                $"no {string.Join(", ", extensions)} or {FrameMembers.Extension(0, "jpg")} among {sample.List()}");
    }

    private static DecodedImage[] Read(Func<DecodedClip> read)
    {
        try
        {
            var clip = read();
            return [.. Enumerable.Range(0, clip.FrameCount).Select(clip.Frame)];
        }
        catch (VideoException bad)
        {
            throw new BadSampleException(bad.Reason, bad.Detail);
        }
    }
}

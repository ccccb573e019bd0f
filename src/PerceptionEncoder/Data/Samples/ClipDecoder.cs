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
/// <param name="sampled">Takes a frame a second up to <paramref name="frames"/>, and repeats none: <see cref="FrameSampling"/>.</param>
/// <param name="cancellation">Stops the decoders.</param>
public sealed class ClipDecoder(
    IVideoReader reader,
    int frames,
    bool squarePixels = false,
    long maximumPixels = IImageDecoder.DefaultMaximumPixels,
    bool sampled = false,
    CancellationToken cancellation = default)
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
    public DecodedImage[] Read(string path) => Read(path, part: null);

    /// <summary>Frames of the bytes of a file.</summary>
    /// <exception cref="BadSampleException">It is no usable clip.</exception>
    public DecodedImage[] Read(ReadOnlyMemory<byte> file) => Read(file, part: null);

    /// <summary>Frames of a shard's sample: of those stored, spread as those of a clip, or of its video file.</summary>
    /// <param name="sample">As stored.</param>
    /// <param name="extensions">Of the clip member; the first present wins.</param>
    /// <exception cref="BadSampleException">It has no usable clip.</exception>
    /// <exception cref="ImageException">A stored frame cannot be decoded.</exception>
    public DecodedImage[] Read(Sample sample, IReadOnlyList<string> extensions) => Read(sample, extensions, part: null);

    /// <inheritdoc cref="Read(string)"/>
    internal DecodedImage[] Read(string path, ClipPart? part) => Read(() => reader.Read(path, Within(part), cancellation));

    /// <inheritdoc cref="Read(Sample, IReadOnlyList{string})"/>
    internal DecodedImage[] Read(Sample sample, IReadOnlyList<string> extensions, ClipPart? part)
    {
        if (FrameMembers.Of(sample) is { Count: > 0 } stored)
        {
            if (part is not null)
            {
                throw new BadSampleException(MissingVideo, "a part by seconds is asked for, and stored frames say nothing of their times");
            }

            var chosen = sampled
                ? FrameSampling.Spread([.. Enumerable.Range(0, stored.Count)], frames)
                : FrameIndices.Uniform(frames, stored.Count);
            var decoded = chosen.Distinct().ToDictionary(index => index, index => images.Decode(stored[index].Span, maximumPixels));
            return [.. chosen.Select(index => decoded[index])];
        }

        return extensions.FirstOrDefault(sample.Members.ContainsKey) is { } extension
            ? Read(sample.Members[extension], part)
            : throw new BadSampleException(
                MissingVideo,
                $"no {string.Join(", ", extensions)} or {FrameMembers.Extension(0, "jpg")} among {sample.List()}");
    }

    private DecodedImage[] Read(ReadOnlyMemory<byte> file, ClipPart? part)
        => Read(() => reader.Read(file.Span, Within(part), cancellation));

    private FrameRequest Within(ClipPart? part) => part is { } span ? request.Within(span.Start, span.End) : request;

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

using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tools.Inspection;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>
/// Measures a clip by the vectors of its decoder and by its pictures, made small. Safe to share between threads.
/// </summary>
/// <param name="reader">Decodes the pictures.</param>
/// <param name="inside">Whether vectors may be read by libraries in this process: not of files from strangers.</param>
/// <param name="cancellation">Stops.</param>
internal sealed class ClipMeasurement(IVideoReader reader, bool inside, CancellationToken cancellation)
{
    private const int Windows = 30;                 // of a clip with more pictures than these together hold: spread over it
    private const int PicturesOfWindow = 50;
    private static readonly TimeSpan MostTime = TimeSpan.FromMinutes(1);
    private static readonly double[] HashedAt = [0.25, 0.5, 0.75];

    private readonly ImageTransform transform = new(FrameMeasures.Side, FrameMeasures.Side);

    /// <summary>Its measures, or why there are none.</summary>
    public MeasuredClip Measure(Sample sample)
    {
        var clip = new MeasuredClip { Shard = sample.Shard, Key = sample.Key };
        try
        {
            return FrameMembers.Of(sample) is { Count: > 0 } stored
                ? OfFrames(clip, stored)
                : OfFile(clip, SamplePicture.Member(sample, MediaFiles.IsVideo)
                    ?? throw new BadSampleException(ClipDecoder.MissingVideo, $"none among {sample.List()}"));
        }
        catch (Exception bad) when (bad is BadSampleException or VideoException or ImageException)
        {
            return clip with { Problem = VisibleText.Line(bad.Message) };
        }
    }

    private MeasuredClip OfFrames(MeasuredClip clip, IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        var pictures = new List<byte[]>();
        var (width, height) = (0, 0);
        foreach (var frame in frames)
        {
            var picture = TransientImage.Decode(ImageDecoders.Default, frame.Span, IImageDecoder.DefaultMaximumPixels);
            (width, height) = (picture.Width, picture.Height);
            pictures.Add(FrameMeasures.Grey(
                DecodedImage.OfPlanes(transform.Apply(picture), FrameMeasures.Side, FrameMeasures.Side)));
        }

        return clip with
        {
            Width = width,
            Height = height,
            Frames = FrameMeasures.Of(pictures, places: null),
            Hashes = Hashes(pictures),
        };
    }

    private MeasuredClip OfFile(MeasuredClip clip, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            throw VideoFaults.Empty();
        }

        using var file = new TemporaryClip(bytes.Span);
        var header = ClipHeader.Read(bytes.Span);
        var request = FrameRequest.Windows(Windows, PicturesOfWindow) with
        {
            Size = (FrameMeasures.Side, FrameMeasures.Side),
            SquarePixels = false,
        };
        var decoded = reader.Read(file.Path, request, cancellation);
        var pictures = decoded.Frames.Select(FrameMeasures.Grey).ToArray();
        var motion = inside ? Vectors(file.Path) : null;
        var info = header is null ? reader.Probe(file.Path, cancellation) : null;
        return clip with
        {
            Seconds = header?.Seconds ?? info!.Duration.TotalSeconds,
            Width = header?.Width ?? info!.Width,
            Height = header?.Height ?? info!.Height,
            Motion = motion?.Magnitude,
            MotionVariance = motion?.Variance,
            Frames = FrameMeasures.Of(pictures, decoded.Indices),
            Hashes = Hashes(pictures),
        };
    }

    /// <summary>Null where the clip has none, or a clip whose frames decode takes too long for them.</summary>
    private ClipMotion? Vectors(string path)
    {
        try
        {
            return MotionVectors.Read(path, MostTime, cancellation);
        }
        catch (VideoException)
        {
            return null;
        }
    }

    private static ulong[] Hashes(IReadOnlyList<byte[]> pictures)
        => [.. HashedAt.Select(place => PerceptualHash.Of(pictures[(int)(place * (pictures.Count - 1))]))];
}

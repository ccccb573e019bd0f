using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>
/// Clips as rows of pictures, for what no browser plays: of the frames stored in a sample, or decoded and scaled down. The last few are
/// kept, because a browser asks for each picture by itself. Safe to share between threads.
/// </summary>
/// <param name="reader">Makes what decodes clips, once one must be.</param>
internal sealed class ReviewFrames(Func<IVideoReader> reader)
{
    private const int MostFrames = 16;
    private const int DecodedFrames = 9;
    private const int LongestSide = 640;
    private const int Quality = 85;
    private const int MostKept = 8;

    private readonly Lazy<ClipDecoder> decoder = new(() => new ClipDecoder(reader(), DecodedFrames, squarePixels: true, sampled: true));
    private readonly Lock gate = new();
    private readonly LinkedList<(long Clip, Lazy<IReadOnlyList<ReviewFrame>> Frames)> kept = new();

    /// <summary>The pictures of a clip, from first to last.</summary>
    /// <exception cref="UserErrorException">It cannot be read or decoded.</exception>
    public IReadOnlyList<ReviewFrame> Of(long clip, ReviewSample sample)
    {
        Lazy<IReadOnlyList<ReviewFrame>> frames;
        lock (gate)
        {
            var entry = kept.FirstOrDefault(other => other.Clip == clip);
            frames = entry.Frames ?? new Lazy<IReadOnlyList<ReviewFrame>>(() => Read(sample));
            kept.Remove(entry);
            kept.AddFirst((clip, frames));
            if (kept.Count > MostKept)
            {
                kept.RemoveLast();
            }
        }

        return frames.Value;
    }

    private ReviewFrame[] Read(ReviewSample sample)
    {
        if (sample.ClipExtension is not { } extension)
        {
            return [.. FrameSampling.Spread([.. Enumerable.Range(0, sample.FrameExtensions.Count)], MostFrames)
                .Select(index => sample.FrameExtensions[index])
                .Select(frame => new ReviewFrame(
                    sample.Shard.Read(sample.Members[frame]),
                    frame.EndsWith(".png", StringComparison.Ordinal) ? "image/png" : "image/jpeg"))];
        }

        try
        {
            return [.. decoder.Value.Read(sample.Shard.Read(sample.Members[extension])).Select(Jpeg)];
        }
        catch (BadSampleException bad)
        {
            throw new UserErrorException($"{sample.Shard.Path}, sample {VisibleText.Line(sample.Key)}: {bad.Message}.", bad);
        }
    }

    private static ReviewFrame Jpeg(DecodedImage frame)
    {
        var scale = Math.Min(1, LongestSide / (double)Math.Max(frame.Width, frame.Height));
        var (height, width) = (Math.Max(1, (int)(frame.Height * scale)), Math.Max(1, (int)(frame.Width * scale)));
        var small = scale < 1 ? DecodedImage.OfPlanes(new ImageTransform(height, width).Apply(frame), height, width) : frame;
        return new ReviewFrame(JpegEncoder.Encode(small, Quality), "image/jpeg");
    }
}

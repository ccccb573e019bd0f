using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tools.Frames;

namespace PerceptionEncoder.Tools.VideoEngine.Clips;

/// <summary>Frames of clips, spread evenly from first to last, none twice. Safe to share between threads.</summary>
/// <param name="reader">Decodes video files; not made before there is one.</param>
/// <param name="shortSide">Larger ones are brought to it; null leaves all as they are.</param>
internal sealed class ClipFrames(Lazy<IVideoReader> reader, int? shortSide)
{
    /// <summary>Frames of a clip.</summary>
    /// <param name="clip">From any source.</param>
    /// <param name="count">So many, or fewer where the clip has fewer.</param>
    /// <param name="cancellation">Stops the decoder.</param>
    /// <exception cref="BadSampleException">It is no usable clip.</exception>
    public (IReadOnlyList<ClipFrame> Frames, double? Duration) Read(EngineClip clip, int count, CancellationToken cancellation)
    {
        clip.Demand();
        try
        {
            if (clip.Sample is { } sample && FrameMembers.Of(sample) is { Count: > 0 } stored)
            {
                return ([.. FrameIndices.Uniform(count, stored.Count).Distinct().Select(index => Frame(
                    index,
                    null,
                    ImageDecoders.Default.Decode(stored[index].Span, IImageDecoder.DefaultMaximumPixels)))], null);
            }

            var request = FrameRequest.Uniform(count) with { MaximumPixels = IImageDecoder.DefaultMaximumPixels };
            var decoded = clip.Path is { } path
                ? reader.Value.Read(path, request, cancellation)
                : reader.Value.Read(clip.Sample!.Members[clip.VideoMember()].Span, request, cancellation);
            var start = decoded.Seconds[0];
            var frames = Enumerable.Range(0, decoded.FrameCount).DistinctBy(i => decoded.Indices[i]).Select(i => Frame(
                decoded.Indices[i],
                double.IsFinite(decoded.Seconds[i] - start) ? Math.Round(decoded.Seconds[i] - start, 3) : null,
                decoded.Frame(i)));
            return ([.. frames], Duration(decoded));
        }
        catch (VideoException bad)
        {
            throw new BadSampleException(bad.Reason, bad.Detail);
        }
        catch (ImageException bad)
        {
            throw new BadSampleException(bad.Reason, bad.Message);
        }
    }

    private ClipFrame Frame(int index, double? seconds, DecodedImage picture)
        => new(index, seconds, Rgb(FramePicture.Limited(picture, shortSide)));

    private static DecodedImage Rgb(DecodedImage picture)
        => picture.Channels == 3
            ? picture
            : DecodedImage.OfPlanes(
                new ImageTransform(picture.Height, picture.Width).Apply(picture),
                picture.Height,
                picture.Width);

    /// <summary>From the first frame to the end of the last, by the mean distance of frames; null where nothing says it.</summary>
    private static double? Duration(DecodedClip clip)
    {
        var (seconds, frames) = (clip.Seconds[^1] - clip.Seconds[0], clip.Indices[^1] - clip.Indices[0]);
        return frames > 0 && double.IsFinite(seconds) && seconds > 0 ? Math.Round(seconds * (frames + 1) / frames, 3) : null;
    }
}

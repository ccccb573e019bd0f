using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Evaluation.Video;

/// <summary>
/// Reads the usable clips of a set once, in order, in batches. Reading and decoding run ahead on background threads. A clip that cannot be used is logged, counted and left out.
/// </summary>
/// <param name="set">How clips are prepared.</param>
/// <param name="resolution">Side of the square frames in pixels, unless the set says otherwise.</param>
/// <param name="log">Takes one line for each thing that cannot be used.</param>
internal sealed class VideoReader<T>(EvaluationSetOptions set, int resolution, Action<string> log)
{
    private readonly FFmpegVideoReader reader = new(new VideoReaderOptions { Isolated = set.IsolateDecoder });
    private readonly int frames = set.Frames!.Value;

    /// <summary>Clips delivered so far.</summary>
    public int Clips { get; private set; }

    /// <summary>Clips left out so far; a damaged shard, whose rest is lost, counts as one.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Delivers everything; the last batch may be smaller. Images of a batch are [B, F, 3, H, W].</summary>
    /// <exception cref="UserErrorException">Not one clip can be used.</exception>
    public IEnumerable<EvaluationBatch<T>> Batches(Func<BadSamples, IEnumerable<VideoClip<T>>> clips, CancellationToken cancellation)
    {
        (Clips, Unreadable) = (0, 0);
        var faults = new BadSamples();
        faults.Found += Report;
        var transform = new ClipTransform(
            new ClipDecoder(reader, frames, squarePixels: set.Fit != ImageFit.Squash, set.MaxPixels, cancellation), set.Resolution ?? resolution, set.Fit);
        BadSample? last = null;
        var atOnce = Math.Max(1, set.Batch / frames);
        foreach (var chunk in ReadAhead.InOrder(clips(faults), clip => Prepare(clip, transform), 2 * atOnce, cancellation).Where(IsUsable).Chunk(atOnce))
        {
            Clips += chunk.Length;
            yield return new EvaluationBatch<T>(transform.Stack(Array.ConvertAll(chunk, clip => clip.Pixels)), Array.ConvertAll(chunk, clip => clip.Annotation!));
        }

        Unreadable += (int)faults.FaultsByReason.GetValueOrDefault(BadSamples.DamagedShard);
        if (Clips == 0)
        {
            throw new UserErrorException($"data set {set.Name}: no usable clip in {set.Data}: {(last is null ? "it holds none" : $"the last of {Unreadable} could not be used: {last.Detail}")}.");
        }

        bool IsUsable(Prepared clip)
        {
            if (clip.Fault is null)
            {
                return true;
            }

            Unreadable++;
            last = clip.Fault;
            Report(clip.Fault);
            return false;
        }
    }

    private void Report(BadSample bad)
        => log($"{set.Name}: {bad.Reason} in {bad.Shard}{(bad.Key is null ? "" : $", clip {bad.Key}, left out")}: {bad.Detail}");

    private static Prepared Prepare(VideoClip<T> clip, ClipTransform transform)
    {
        try
        {
            var annotation = clip.Annotate();
            return new Prepared(clip.Sample is { } sample ? transform.Read(sample, VideoFiles.Extensions) : transform.Read(clip.Find()), annotation, null);
        }
        catch (BadSampleException bad)
        {
            return new Prepared([], default, new BadSample(bad.Reason, clip.Place, clip.Key, bad.Message));
        }
        catch (ImageException bad)
        {
            return new Prepared([], default, new BadSample(bad.Reason, clip.Place, clip.Key, bad.Message));
        }
    }

    private readonly record struct Prepared(byte[] Pixels, T? Annotation, BadSample? Fault);
}

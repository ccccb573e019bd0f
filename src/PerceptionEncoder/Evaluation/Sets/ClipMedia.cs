using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Clips.</summary>
/// <param name="frames">Of each clip, spread evenly.</param>
/// <param name="isolated">Decode in child processes only.</param>
/// <exception cref="UserErrorException">There is nothing to decode clips with.</exception>
internal sealed class ClipMedia(int frames, bool isolated) : SetMedia
{
    private readonly FFmpegVideoReader reader = new(new VideoReaderOptions { Isolated = isolated });

    /// <summary>As a set's options have them.</summary>
    public static ClipMedia Of(EvaluationSetOptions set)
        => new(set.Frames ?? throw new ArgumentException("says how many frames a clip has", nameof(set)), set.IsolateDecoder);

    /// <inheritdoc/>
    public override string Item => "clip";

    /// <inheritdoc/>
    public override string Feature => "clip";

    /// <inheritdoc/>
    public override int AtOnce(int batch) => Math.Max(1, batch / frames);

    /// <inheritdoc/>
    public override ItemDecoder Decoder(EvaluationSetOptions set, int side, CancellationToken cancellation)
        => new ClipItemDecoder(new ClipTransform(
            new ClipDecoder(reader, frames, squarePixels: set.Fit != ImageFit.Squash, set.MaxPixels, cancellation: cancellation),
            side,
            set.Fit));

    /// <inheritdoc/>
    public override T Choose<T>(T ofImages, T ofClips) => ofClips;
}

using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Video;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Frames of clips as squares, [F, 3, side, side] each.</summary>
/// <param name="transform">From a clip to its frames.</param>
internal sealed class ClipItemDecoder(ClipTransform transform) : ItemDecoder
{
    /// <inheritdoc/>
    public override byte[] Read(Sample sample) => transform.Read(sample, VideoFiles.Extensions);

    /// <inheritdoc/>
    public override byte[] Read(string path) => transform.Read(path);

    /// <inheritdoc/>
    public override Tensor Stack(IReadOnlyList<byte[]> pixels) => transform.Stack(pixels);
}

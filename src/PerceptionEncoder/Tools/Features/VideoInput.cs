using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Features;

/// <summary>
/// Clips as the encoder takes them: frames spread evenly from first to last, each prepared as an image in evaluation. Safe to share between
/// threads.
/// </summary>
/// <param name="reader">The decoder.</param>
/// <param name="frames">Frames of a clip; repeated where it has fewer.</param>
/// <param name="side">Of the model's input, in pixels.</param>
/// <param name="fit">What happens to the aspect ratio.</param>
/// <param name="cancellation">Stops the decoders.</param>
internal sealed class VideoInput(IVideoReader reader, int frames, int side, ImageFit fit, CancellationToken cancellation)
{
    private readonly ClipTransform transform = new(
        new ClipDecoder(reader, frames, squarePixels: fit != ImageFit.Squash, cancellation: cancellation),
        side,
        fit);

    /// <returns>[frames, 3, side, side] RGB, 8 bits.</returns>
    /// <exception cref="BadSampleException">It is no usable clip.</exception>
    public byte[] Decode(MediaItem item) => item.Path is { } path ? transform.Read(path) : transform.Read(item.ReadBytes());

    /// <returns>[B, frames, 3, side, side], uint8, on the CPU.</returns>
    public Tensor Stack(IReadOnlyList<byte[]> clips) => transform.Stack(clips);
}

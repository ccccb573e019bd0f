using PerceptionEncoder.Data;
using PerceptionEncoder.Media.Video;
using static TorchSharp.torch;

namespace PerceptionEncoder.Recipes.Encoding;

/// <summary>Clips as the encoder takes them: frames spread evenly from first to last, each prepared as an image in evaluation. Safe to share between threads.</summary>
/// <param name="reader">The decoder.</param>
/// <param name="frames">Frames of a clip; repeated where it has fewer.</param>
/// <param name="side">Of the model's input, in pixels.</param>
/// <param name="fit">What happens to the aspect ratio.</param>
/// <param name="cancellation">Stops the decoders.</param>
public sealed class VideoInput(IVideoReader reader, int frames, int side, ImageFit fit, CancellationToken cancellation)
{
    private readonly FrameRequest request = FrameRequest.Uniform(frames) with { SquarePixels = fit != ImageFit.Squash };
    private readonly ImageTransform transform = new(side, side, fit);

    /// <returns>[frames, 3, side, side] RGB, 8 bits.</returns>
    /// <exception cref="BadSampleException">It is no usable clip.</exception>
    public byte[] Decode(MediaItem item)
    {
        try
        {
            var clip = item.Path is { } path ? reader.Read(path, request, cancellation) : reader.Read(item.ReadBytes().Span, request, cancellation);
            var length = 3 * side * side;
            var planes = GC.AllocateUninitializedArray<byte>(frames * length);
            for (var i = 0; i < frames; i++)
            {
                transform.Apply(clip.Frame(i), planes.AsSpan(i * length, length));
            }

            return planes;
        }
        catch (VideoException bad)
        {
            throw new BadSampleException(bad.Reason, bad.Message[(bad.Reason.Length + 2)..]);
        }
    }

    /// <returns>[B, frames, 3, side, side], uint8, on the CPU.</returns>
    public Tensor Stack(IReadOnlyList<byte[]> clips)
    {
        using var scope = NewDisposeScope();
        return ImageStack.Of(clips, frames * side, side).view(clips.Count, frames, 3, side, side).MoveToOuterDisposeScope();
    }
}

using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Samples;

/// <summary>Clips as the encoder takes them in evaluation: each frame prepared as an image is. Safe to share between threads.</summary>
/// <param name="clips">Reads the frames.</param>
/// <param name="side">Of the model's input, in pixels.</param>
/// <param name="fit">What happens to the aspect ratio.</param>
internal sealed class ClipTransform(ClipDecoder clips, int side, ImageFit fit)
{
    private readonly ImageTransform transform = new(side, side, fit);

    /// <param name="path">A video file.</param>
    /// <returns>[frames, 3, side, side] RGB, 8 bits.</returns>
    /// <exception cref="BadSampleException">It is no usable clip.</exception>
    public byte[] Read(string path) => Apply(clips.Read(path));

    /// <param name="file">Bytes of a video file.</param>
    /// <returns>[frames, 3, side, side] RGB, 8 bits.</returns>
    /// <exception cref="BadSampleException">It is no usable clip.</exception>
    public byte[] Read(ReadOnlyMemory<byte> file) => Apply(clips.Read(file));

    /// <param name="sample">Of a shard.</param>
    /// <param name="extensions">Of the clip member; the first present wins.</param>
    /// <returns>[frames, 3, side, side] RGB, 8 bits.</returns>
    /// <exception cref="BadSampleException">It has no usable clip.</exception>
    /// <exception cref="ImageException">A stored frame cannot be decoded.</exception>
    public byte[] Read(Sample sample, IReadOnlyList<string> extensions) => Apply(clips.Read(sample, extensions));

    /// <param name="clips">B times [frames, 3, side, side].</param>
    /// <returns>[B, frames, 3, side, side], uint8, on the CPU.</returns>
    public Tensor Stack(IReadOnlyList<byte[]> clips)
    {
        using var scope = NewDisposeScope();
        var frames = clips[0].Length / (3 * side * side);
        return ImageStack.Of(clips, frames * side, side).view(clips.Count, frames, 3, side, side).MoveToOuterDisposeScope();
    }

    private byte[] Apply(DecodedImage[] frames)
    {
        var length = 3 * side * side;
        var planes = GC.AllocateUninitializedArray<byte>(frames.Length * length);
        for (var i = 0; i < frames.Length; i++)
        {
            transform.Apply(frames[i], planes.AsSpan(i * length, length));
        }

        return planes;
    }
}

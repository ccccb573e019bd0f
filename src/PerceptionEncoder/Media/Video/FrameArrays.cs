using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Media.Video;

/// <summary>Frames in arrays of their own, which become the pictures handed on.</summary>
internal sealed class FrameArrays : IFrameStore
{
    private DecodedImage[] pictures = [];

    /// <inheritdoc/>
    public Span<byte> this[int frame] => pictures[frame].Pixels;

    /// <inheritdoc/>
    public void Prepare(int frames, int width, int height)
    {
        pictures = new DecodedImage[frames];
        for (var i = 0; i < frames; i++)
        {
            pictures[i] = new DecodedImage(width, height, 3, GC.AllocateUninitializedArray<byte>(3 * width * height), Indexed: false);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<DecodedImage> Pictures(IReadOnlyList<int> indices)
    {
        var spread = new DecodedImage[indices.Count];
        for (var (i, frame) = (0, 0); i < spread.Length; i++)
        {
            frame += i > 0 && indices[i] != indices[i - 1] ? 1 : 0;
            spread[i] = pictures[frame];
        }

        return spread;
    }
}

using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Media.Video;

/// <summary>Frames of one clip, in the order asked for.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Frames">RGB; a frame asked for several times is one picture several times.</param>
/// <param name="Indices">[frames]: which frame of the clip, counted in display order from 0; repeated where the clip has too few.</param>
/// <param name="Seconds">[frames]: time stamp of each, as the file gives it; NaN where it gives none.</param>
/// <param name="FramesPromised">Frames the container speaks of; null where it was not asked.</param>
/// <param name="FramesDecoded">Frames that decoded, up to the last one needed.</param>
/// <param name="Shortened">
/// The clip ended before its container said (truncated or damaged), and the frames are spread over what there is.
/// </param>
public sealed record DecodedClip(
    int Width,
    int Height,
    IReadOnlyList<DecodedImage> Frames,
    IReadOnlyList<int> Indices,
    IReadOnlyList<double> Seconds,
    int? FramesPromised,
    int FramesDecoded,
    bool Shortened)
{
    /// <summary>Frames, repeated ones counted.</summary>
    public int FrameCount => Indices.Count;

    /// <summary>One frame as a picture, as image transforms take it.</summary>
    public DecodedImage Frame(int index) => Frames[index];

    /// <summary>A copy of all frames: [frames, height, width, 3], RGB, 8 bits a channel.</summary>
    public byte[] CopyPixels()
    {
        var length = 3 * Width * Height;
        var pixels = GC.AllocateUninitializedArray<byte>(FrameCount * length);
        for (var i = 0; i < FrameCount; i++)
        {
            Frames[i].Pixels.CopyTo(pixels, i * length);
        }

        return pixels;
    }
}

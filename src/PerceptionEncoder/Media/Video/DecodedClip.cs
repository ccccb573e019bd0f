namespace PerceptionEncoder.Media.Video;

/// <summary>Frames of one clip, in the order asked for.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Pixels">[frames, height, width, 3], RGB, 8 bits a channel.</param>
/// <param name="Indices">[frames]: which frame of the clip, counted in display order from 0; repeated where the clip has too few.</param>
/// <param name="Seconds">[frames]: time stamp of each, as the file gives it; NaN where it gives none.</param>
/// <param name="FramesPromised">Frames the container speaks of; null where it was not asked.</param>
/// <param name="FramesDecoded">Frames that decoded, up to the last one needed.</param>
/// <param name="Shortened">The clip ended before its container said (truncated or damaged), and the frames are spread over what there is.</param>
public sealed record DecodedClip(
    int Width,
    int Height,
    byte[] Pixels,
    IReadOnlyList<int> Indices,
    IReadOnlyList<double> Seconds,
    int? FramesPromised,
    int FramesDecoded,
    bool Shortened)
{
    /// <summary>Frames, repeated ones counted.</summary>
    public int FrameCount => Indices.Count;

    /// <summary>A copy of one frame as a picture, as image transforms take it.</summary>
    public DecodedImage Frame(int index)
    {
        var length = Width * Height * 3;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)FrameCount, nameof(index));
        return new DecodedImage(Width, Height, 3, Pixels.AsSpan(index * length, length).ToArray(), Indexed: false);
    }
}

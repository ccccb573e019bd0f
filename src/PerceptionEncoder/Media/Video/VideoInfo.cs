namespace PerceptionEncoder.Media.Video;

/// <summary>A clip's first video stream, cover pictures left out.</summary>
/// <param name="Width">Pixels as displayed: rotation and sample aspect ratio applied.</param>
/// <param name="Height">Pixels as displayed.</param>
/// <param name="StoredWidth">Pixels as coded.</param>
/// <param name="StoredHeight">Pixels as coded.</param>
/// <param name="Rotation">Degrees anticlockwise by the display matrix, -180 to 180.</param>
/// <param name="SampleAspectRatio">Width over height of a stored pixel; 1 where the file does not say.</param>
/// <param name="Duration">Zero where the file does not say.</param>
/// <param name="FrameCount">Frames in the file, counted; a damaged one may decode to fewer.</param>
/// <param name="FrameRate">Frames a second on average; 0 where the file does not say.</param>
/// <param name="Codec">As FFmpeg names it, such as <c>h264</c>.</param>
/// <param name="PixelFormat">As FFmpeg names it, such as <c>yuv420p10le</c>.</param>
public sealed record VideoInfo(
    int Width,
    int Height,
    int StoredWidth,
    int StoredHeight,
    int Rotation,
    double SampleAspectRatio,
    TimeSpan Duration,
    int FrameCount,
    double FrameRate,
    string Codec,
    string PixelFormat);

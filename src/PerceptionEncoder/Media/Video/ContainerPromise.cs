namespace PerceptionEncoder.Media.Video;

/// <summary>What a container says of its video before anything is decoded; the decoder's own count then has the last word.</summary>
/// <param name="Demuxer">The demuxer that reads it, by FFmpeg's name.</param>
/// <param name="Frames">Of the first video stream.</param>
/// <param name="Upright">It is the only video stream, and no matrix turns, mirrors or stretches it.</param>
/// <param name="PixelAspect">Width to height of a pixel; null where the container does not say, and the frames themselves may.</param>
/// <param name="Size">Pixels of a frame as stored; null where it was not read.</param>
internal sealed record ContainerPromise(
    string Demuxer,
    int Frames,
    bool Upright,
    (int Width, int Height)? PixelAspect,
    (int Width, int Height)? Size = null);

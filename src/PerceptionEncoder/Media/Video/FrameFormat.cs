namespace PerceptionEncoder.Media.Video;

/// <summary>How decoded frames are stored.</summary>
public enum FrameFormat
{
    /// <summary>JPEG of quality 95: about a tenth of the size.</summary>
    Jpg,

    /// <summary>PNG, without loss: training sees the very pixels that the decoder gave.</summary>
    Png,
}

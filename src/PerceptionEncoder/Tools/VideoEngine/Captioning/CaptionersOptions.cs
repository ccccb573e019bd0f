namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>Who describes and who sums up. Each that is null is switched off, and its part is left out of what the next are told.</summary>
public sealed record CaptionersOptions
{
    /// <summary>Describes single frames.</summary>
    public CaptionerOptions? Frames { get; init; }

    /// <summary>Describes the whole clip by several frames.</summary>
    public CaptionerOptions? Clip { get; init; }

    /// <summary>
    /// Blends metadata, clip caption and frame captions into one caption. Without it the caption is that of the clip, else the title and
    /// description, else the frame captions one behind the other.
    /// </summary>
    public CaptionerOptions? Summary { get; init; }
}

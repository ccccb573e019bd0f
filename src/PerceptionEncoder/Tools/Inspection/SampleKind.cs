namespace PerceptionEncoder.Tools.Inspection;

/// <summary>What the media of a sample are.</summary>
internal enum SampleKind
{
    /// <summary>A picture.</summary>
    Image,

    /// <summary>A clip as one file.</summary>
    Clip,

    /// <summary>A clip whose frames were decoded before.</summary>
    StoredFrames,

    /// <summary>None: text alone.</summary>
    Text,
}

namespace PerceptionEncoder.Data.Shards;

/// <summary>What the captions of a source are about.</summary>
public enum SampleMedia
{
    /// <summary>One image a sample.</summary>
    Image,

    /// <summary>One clip a sample: a video file, or frames decoded before.</summary>
    Video,
}

namespace PerceptionEncoder.Media;

/// <summary>What the inputs of an encoder are.</summary>
public enum MediaKind
{
    /// <summary>Images: <see cref="MediaFiles.Images"/>.</summary>
    Image,

    /// <summary>Texts: lines of .txt files, captions of shards.</summary>
    Text,

    /// <summary>Clips: <see cref="MediaFiles.Videos"/>.</summary>
    Video,
}

namespace PerceptionEncoder.Media;

/// <summary>What an input is: of an encoder, or what the captions of training samples are about.</summary>
public enum MediaKind
{
    /// <summary>Images: <see cref="MediaFiles.Images"/>.</summary>
    Image,

    /// <summary>Texts: lines of .txt files, captions of shards.</summary>
    Text,

    /// <summary>Clips: <see cref="MediaFiles.Videos"/>.</summary>
    Video,
}

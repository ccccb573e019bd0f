namespace PerceptionEncoder.Data;

/// <summary>What the inputs of an encoder are.</summary>
public enum MediaKind
{
    /// <summary>Images: jpg, jpeg, png, webp, bmp, gif.</summary>
    Image,

    /// <summary>Texts: lines of .txt files, captions of shards.</summary>
    Text,

    /// <summary>Clips: mp4, mkv, webm, avi, mov.</summary>
    Video,
}

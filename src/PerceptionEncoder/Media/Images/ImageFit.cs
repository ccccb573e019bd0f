namespace PerceptionEncoder.Media.Images;

/// <summary>How an image of any shape becomes one of a given shape.</summary>
public enum ImageFit
{
    /// <summary>Both sides are resized, whatever that does to the aspect ratio. The Perception Encoder's own.</summary>
    Squash,

    /// <summary>The shorter side is resized to the target, then the middle is cut out.</summary>
    CenterCrop,
}

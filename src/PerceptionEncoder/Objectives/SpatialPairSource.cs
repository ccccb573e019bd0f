namespace PerceptionEncoder.Objectives;

/// <summary>Whose similarities of the places of an image the student follows.</summary>
public enum SpatialPairSource
{
    /// <summary>Those of maps that come with the images: SAM's mask logits, or any teacher's that has a vector for every place.</summary>
    Maps,

    /// <summary>Those of the frozen tower's tokens, as where a smaller tower follows an aligned one [B.3.1].</summary>
    Tokens,
}

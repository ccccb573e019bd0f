namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>The one feature an image that nearest neighbours and the linear probe see.</summary>
public enum ProbeFeature
{
    /// <summary>Mean over the patch tokens as the block leaves them.</summary>
    Mean,

    /// <summary>The class token as the block leaves it.</summary>
    ClassToken,

    /// <summary>
    /// The class token beside the mean over the patch tokens, as the block leaves them; that mean alone where there is no class token.
    /// </summary>
    ClassTokenAndMean,

    /// <summary>
    /// The tokens through the tower's own final norm, pooling and projection: what the tower gives where it is cut after the layer.
    /// </summary>
    Pooled,
}

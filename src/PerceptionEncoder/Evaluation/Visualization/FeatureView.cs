namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>A way to look at the tokens of an image.</summary>
public enum FeatureView
{
    /// <summary>Principal components as colours, one square a patch.</summary>
    Features,

    /// <summary>The same colours, blended over the image.</summary>
    Overlay,

    /// <summary>Cosine of every patch with the one at the point.</summary>
    Similarity,

    /// <summary>
    /// Where a token looks, mean over heads: the one at the point; without a point the class token, or else all patches on average.
    /// </summary>
    Attention,

    /// <summary>Length of every patch's token: where global tokens are, and in which layers.</summary>
    Norms,
}

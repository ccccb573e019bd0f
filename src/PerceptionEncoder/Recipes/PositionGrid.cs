namespace PerceptionEncoder.Recipes;

/// <summary>
/// The grid that absolute position embeddings are learned at while the resolution rises [2.1]; the paper does not say (inferred).
/// </summary>
public enum PositionGrid
{
    /// <summary>That of each stage; interpolated once to the next stage's, moments too.</summary>
    Stage,

    /// <summary>
    /// That of the last stage throughout; each pass at another resolution resamples it, and gradients go back through the resampling.
    /// </summary>
    Final,
}

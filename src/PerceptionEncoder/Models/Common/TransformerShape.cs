namespace PerceptionEncoder.Models.Common;

/// <summary>What the blocks of a tower have in common.</summary>
internal sealed record TransformerShape(
    int Width,
    int Layers,
    int Heads,
    double MlpRatio,
    bool Causal,
    double? LayerScale = null,
    double DropPath = 0)
{
    /// <summary>Truncated, as published.</summary>
    public int MlpHidden => (int)(Width * MlpRatio);
}

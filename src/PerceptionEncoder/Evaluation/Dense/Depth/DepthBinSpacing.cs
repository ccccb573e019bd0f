namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>Where the depths that a head chooses between lie.</summary>
internal enum DepthBinSpacing
{
    /// <summary>Equally far from each other.</summary>
    Linear,

    /// <summary>Each so many times deeper than the one before.</summary>
    Log,
}

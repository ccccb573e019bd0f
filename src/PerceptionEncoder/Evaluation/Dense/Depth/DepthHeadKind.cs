namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>What tells depth by the tokens of patches.</summary>
public enum DepthHeadKind
{
    /// <summary>Batch norm and a linear layer to bins of depth.</summary>
    Linear,

    /// <summary>The convolutional head of dense prediction transformers: the paper's [B.3].</summary>
    Dpt,
}

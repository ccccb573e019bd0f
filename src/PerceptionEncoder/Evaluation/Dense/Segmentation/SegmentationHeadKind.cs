namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>What tells classes by the tokens of patches.</summary>
public enum SegmentationHeadKind
{
    /// <summary>A linear classifier solved by L-BFGS on the classes' shares of each patch: no learning rate, no seed.</summary>
    Lbfgs,

    /// <summary>Batch norm and a linear layer under AdamW on the pixels' classes, as DINOv2 and DINOv3 measure.</summary>
    Linear,

    /// <summary>The same and a 3x3 convolution of the scores: the paper's linear layer and convolution [B.3].</summary>
    Conv,
}

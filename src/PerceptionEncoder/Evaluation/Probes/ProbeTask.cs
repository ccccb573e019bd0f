namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>What can be asked of a layer on a labelled set of images.</summary>
public enum ProbeTask
{
    /// <summary>Vote of the nearest training images.</summary>
    Knn,

    /// <summary>Logistic regression on one feature an image.</summary>
    Linear,

    /// <summary>Learned attention pooling over all tokens, then a linear classifier.</summary>
    Attention,

    /// <summary>
    /// The layer's tokens through the tower's own final norm, pooling and projection, against the prompts of the classes; needs no training
    /// images.
    /// </summary>
    Zeroshot,
}

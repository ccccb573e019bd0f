namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>How scores of bins become weights of a mean.</summary>
internal enum DepthBinWeights
{
    /// <summary>What is above zero, plus 0.1, divided by the sum: the published default.</summary>
    Linear,

    /// <summary>Softmax.</summary>
    Softmax,

    /// <summary>Sigmoid, divided by the sum.</summary>
    Sigmoid,
}

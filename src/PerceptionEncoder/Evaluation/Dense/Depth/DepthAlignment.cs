namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>How a prediction without a scale of its own is brought to the truth's before it is scored.</summary>
public enum DepthAlignment
{
    /// <summary>It is in metres already.</summary>
    None,

    /// <summary>Multiplied by the ratio of the medians.</summary>
    Median,

    /// <summary>Multiplied and shifted so that the squared differences are least.</summary>
    ScaleShift,
}

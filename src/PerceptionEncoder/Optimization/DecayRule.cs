namespace PerceptionEncoder.Optimization;

/// <summary>
/// Which parameters get weight decay, and with LAMB a trust ratio. The paper does not say; the default is the field's habit.
/// </summary>
public enum DecayRule
{
    /// <summary>
    /// Matrices and kernels: two dimensions or more, and neither a position nor a class embedding. Norms, biases and the logit scale are
    /// left out.
    /// </summary>
    Matrices,

    /// <summary>Every parameter.</summary>
    All,
}

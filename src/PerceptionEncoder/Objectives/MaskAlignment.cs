namespace PerceptionEncoder.Objectives;

/// <summary>Which tokens mask regularisation compares. The paper speaks of the outputs only (inferred).</summary>
public enum MaskAlignment
{
    /// <summary>Those after the tower's last norm, gain and bias included: what the pooling sees.</summary>
    After,

    /// <summary>
    /// Those of the last norm without its gain and bias, which then get no gradient of the regulariser: a bias that all tokens share would
    /// raise every cosine cheaply. Where the tower has no last norm, those of its last block.
    /// </summary>
    BeforeAffine,
}

namespace PerceptionEncoder.Optimization;

/// <summary>
/// One parameter's update in one step, as numbers. With gradient g, moments m and v, weights p:
/// <code>
/// m += (1 - beta1)(g - m);   v = beta2 v + (1 - beta2) g²
/// p *= Keep
/// u = FirstScale m / (RootScale √v + Eps) + CoupledDecay p
/// p -= Rate u, times ‖p‖ / ‖u‖ where Adapt
/// </code>
/// </summary>
internal readonly record struct AdamRule
{
    public required double Beta1 { get; init; }

    public required double Beta2 { get; init; }

    /// <summary>Bias correction of the first moment, as a factor.</summary>
    public required double FirstScale { get; init; }

    /// <summary>Bias correction of the second moment's root, as a factor.</summary>
    public required double RootScale { get; init; }

    public required double Eps { get; init; }

    public required double Rate { get; init; }

    /// <summary>Decoupled decay: what is left of the weights before the update.</summary>
    public double Keep { get; init; } = 1;

    /// <summary>Decay as part of the update.</summary>
    public double CoupledDecay { get; init; }

    /// <summary>LAMB's trust ratio, 1 where either norm is zero.</summary>
    public bool Adapt { get; init; }

    /// <summary>No trust ratio above 1.</summary>
    public bool TrustClip { get; init; }

    public AdamRule()
    {
    }
}

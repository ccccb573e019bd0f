namespace PerceptionEncoder.Optimization;

/// <summary>When <see cref="Lbfgs"/> ends, and how much it remembers.</summary>
internal sealed record LbfgsOptions
{
    /// <summary>Steps at most; 1,000 in CLIP's linear probe [arXiv 2103.00020, A.3].</summary>
    public int MaximumSteps { get; init; } = 1000;

    /// <summary>Past steps that shape the next one.</summary>
    public int History { get; init; } = 10;

    /// <summary>Ends where no entry of the gradient is larger.</summary>
    public double GradientTolerance { get; init; } = 1e-5;

    /// <summary>Ends where a step lowers the value by no more than this share of it.</summary>
    public double ValueTolerance { get; init; } = 1e-9;
}

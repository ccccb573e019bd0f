namespace PerceptionEncoder.Optimization;

/// <summary>How the learning rate goes down after warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>Half a cosine (inferred; the paper does not say).</summary>
    Cosine,

    /// <summary>A straight line.</summary>
    Linear,

    /// <summary>Not at all.</summary>
    Constant,
}

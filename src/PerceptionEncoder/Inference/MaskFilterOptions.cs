namespace PerceptionEncoder.Inference;

/// <summary>Which masks of a grid of points are kept; the defaults are the published generator's.</summary>
/// <remarks>facebookresearch/sam2, sam2/automatic_mask_generator.py: names and values only.</remarks>
public sealed record MaskFilterOptions
{
    /// <summary>Masks whose predicted intersection over union is not above it are dropped.</summary>
    public double MinimumIou { get; init; } = 0.8;

    /// <summary>Masks that are less stable are dropped.</summary>
    public double MinimumStability { get; init; } = 0.95;

    /// <summary>Logits this far above and below zero bound the two areas whose ratio is the stability.</summary>
    public double StabilityOffset { get; init; } = 1;

    /// <summary>Of two masks whose boxes overlap by more, the one with the higher predicted intersection over union stays.</summary>
    public double MaximumOverlap { get; init; } = 0.7;
}

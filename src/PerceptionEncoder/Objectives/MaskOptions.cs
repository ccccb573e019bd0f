using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Objectives;

/// <summary>Mask regularisation [2.1, step 9 of Fig. 2]. Defaults are those of pretraining [T18].</summary>
public sealed record MaskOptions
{
    /// <summary>Share of the batch whose images are encoded a second time, masked. 1/16 in pretraining.</summary>
    [Range(0, 1)]
    public double Share { get; init; } = 1.0 / 16;

    /// <summary>Share of an image's patches that are hidden. 0.4 in pretraining.</summary>
    [Range(0.01, 0.99)]
    public double Ratio { get; init; } = 0.4;

    /// <summary>Which tokens are compared. Those after the last norm (inferred).</summary>
    public MaskAlignment Align { get; init; } = MaskAlignment.After;

    /// <summary>Factor on the loss beside the contrastive one. 1 (inferred).</summary>
    [Range(0, 1000)]
    public double Weight { get; init; } = 1;
}

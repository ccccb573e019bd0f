using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Objectives;

namespace PerceptionEncoder.Recipes;

/// <summary>Caps and noise that keep training robust.</summary>
public sealed record RegularizationOptions
{
    /// <summary>DropPath rate of every vision block, the same in all as published; off in pretraining.</summary>
    [Range(0, 0.99)]
    public double DropPath { get; init; }

    /// <summary>Share of patches that each image leaves out in training; off in pretraining.</summary>
    [Range(0, 0.99)]
    public double PatchDropout { get; init; }

    /// <summary>Mask regularisation, a part of pretraining [T18]; null for none.</summary>
    public MaskOptions? Mask { get; init; }

    /// <summary>The logit scale is clamped to this after every step. 100 in pretraining [T18].</summary>
    [Range(1, 1000)]
    public double MaxLogitScale { get; init; } = 100;

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (PatchDropout > 0 && Mask is { Share: > 0 })
        {
            yield return ("patch_dropout", "cannot go with mask, whose targets are all patches: choose one of them (mask: null)");
        }
    }
}

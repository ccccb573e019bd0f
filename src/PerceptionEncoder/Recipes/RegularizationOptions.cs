using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Recipes;

/// <summary>Caps and noise that keep training robust.</summary>
public sealed record RegularizationOptions
{
    /// <summary>DropPath rate of the last vision block, rising linearly from 0; off in pretraining.</summary>
    [Range(0, 0.99)]
    public double DropPath { get; init; }

    /// <summary>The logit scale is clamped to this after every step. 100 in pretraining [T18].</summary>
    [Range(1, 1000)]
    public double MaxLogitScale { get; init; } = 100;
}

using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Recipes;

/// <summary>Peak learning rate of each part of the model; 0 leaves a part as it is.</summary>
public sealed record PartRates
{
    /// <summary>The vision tower's.</summary>
    [Range(0, 1e3)]
    public double Encoder { get; init; }

    /// <summary>The projector's.</summary>
    [Range(0, 1e3)]
    public double Projector { get; init; }

    /// <summary>The language model's.</summary>
    [Range(0, 1e3)]
    public double Decoder { get; init; }

    /// <summary>The highest: what the schedule counts in.</summary>
    internal double Peak => Math.Max(Encoder, Math.Max(Projector, Decoder));

    /// <summary>Share of <see cref="Peak"/> of a parameter by its state-dict name.</summary>
    internal double ShareOf(string parameter)
        => (parameter.StartsWith("vision_model.", StringComparison.Ordinal) ? Encoder
            : parameter.StartsWith("vision_projector.", StringComparison.Ordinal) ? Projector
            : Decoder) / Peak;
}

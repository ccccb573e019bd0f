using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tests.Configuration;

/// <summary>A small training config with every kind of property.</summary>
public sealed record ExampleConfig
{
    /// <summary>Name of the run.</summary>
    public string Name { get; init; } = "example";

    public ulong Seed { get; init; } = 17;

    public ExampleModel Model { get; init; } = new();

    public IReadOnlyList<ExampleStage> Stages { get; init; } = [];

    public ExampleOptimizer Optimizer { get; init; } = new() { WeightDecay = 0.05 };

    public ExampleMask? Mask { get; init; }

    public Interval CropScale { get; init; } = new(0.08, 1);

    public ExamplePrecision Precision { get; init; } = ExamplePrecision.Fp32;

    public bool UseRope2D { get; init; } = true;

    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();

    public IEnumerable<(string Key, string Problem)> Problems()
    {
        for (int i = 1; i < Stages.Count; i++)
        {
            if (Stages[i].Resolution < Stages[i - 1].Resolution)
            {
                yield return ($"stages[{i}].resolution", "resolution must not fall");
            }
        }
    }
}

[ScalarShorthand(nameof(Preset))]
[DefaultsFrom(nameof(Preset), nameof(OfPreset))]
public sealed record ExampleModel
{
    public string? Preset { get; init; }

    public ExampleTower Vision { get; init; } = new();

    public static ExampleModel OfPreset(string preset) => preset switch
    {
        "small" => new ExampleModel { Preset = preset, Vision = new ExampleTower { Width = 192, Layers = 12, OutputDim = null } },
        "large" => new ExampleModel { Preset = preset, Vision = new ExampleTower { Width = 1024, Layers = 24, OutputDim = 512 } },
        _ => throw new UserErrorException($"unknown preset '{preset}'; valid: small, large"),
    };
}

public sealed record ExampleTower
{
    public int Width { get; init; } = 768;

    public int Layers { get; init; } = 6;

    public int? OutputDim { get; init; } = 1024;
}

public sealed record ExampleStage
{
    [Range(1, int.MaxValue)]
    public required int Resolution { get; init; }

    [Range(1L, long.MaxValue)]
    public required long Samples { get; init; }

    public int? Batch { get; init; }
}

public sealed record ExampleOptimizer
{
    public ExampleAlgorithm Type { get; init; } = ExampleAlgorithm.Lamb;

    /// <summary>Peak rate; see <see cref="WeightDecay"/>.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 2e-3;

    [Range(0, 1, MaximumIsExclusive = true)]
    [Length(2, 2)]
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.95];

    public double WeightDecay { get; init; }

    public double? Clip { get; init; }

    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (WeightDecay > LearningRate * 1000)
        {
            yield return ("weight_decay", "the weight decay drowns the learning rate");
        }
    }
}

public sealed record ExampleMask
{
    [Range(0.0, 1.0)]
    public double Share { get; init; } = 1.0 / 16;

    public required double Ratio { get; init; }

    public IEnumerable<(string Key, string Problem)> Problems() => Ratio == 0 ? [("", "the mask hides nothing")] : [];
}

public enum ExamplePrecision
{
    Fp32,
    Bf16,
}

public enum ExampleAlgorithm
{
    Lamb,

    [JsonStringEnumMemberName("adamw")]
    AdamW,
}

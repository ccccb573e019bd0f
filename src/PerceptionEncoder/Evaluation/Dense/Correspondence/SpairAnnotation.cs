using System.Text.Json.Serialization;

namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>What is needed of a pair's file in SPair-71k.</summary>
internal sealed record SpairAnnotation
{
    /// <summary>File of the first picture.</summary>
    [JsonPropertyName("src_imname")]
    public required string Source { get; init; }

    /// <summary>File of the second picture.</summary>
    [JsonPropertyName("trg_imname")]
    public required string Target { get; init; }

    /// <summary>Folder of both.</summary>
    [JsonPropertyName("category")]
    public required string Category { get; init; }

    /// <summary>Width, height, channels.</summary>
    [JsonPropertyName("src_imsize")]
    public required int[] SourceSize { get; init; }

    /// <summary>Width, height, channels.</summary>
    [JsonPropertyName("trg_imsize")]
    public required int[] TargetSize { get; init; }

    /// <summary>Left, top, right, bottom of the object in the second picture.</summary>
    [JsonPropertyName("trg_bndbox")]
    public required double[] TargetBox { get; init; }

    /// <summary>x and y of each key point in the first picture.</summary>
    [JsonPropertyName("src_kps")]
    public required double[][] SourcePoints { get; init; }

    /// <summary>x and y of each key point in the second picture.</summary>
    [JsonPropertyName("trg_kps")]
    public required double[][] TargetPoints { get; init; }
}

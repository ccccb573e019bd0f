using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>Which language model answers, and what it sees.</summary>
public sealed record AnsweringModelOptions
{
    /// <summary>The model's weights.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Its tokenizer; null for the one beside the weights.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Side of the square pictures in pixels; null for the model's own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Tiles of a large picture at most, beside its thumbnail; 1 for one square. PLM's published numbers are with 36.</summary>
    public int Tiles { get; init; } = 1;

    /// <summary>Frames of a clip. PLM's published numbers are with 32.</summary>
    public int Frames { get; init; } = 16;

    /// <summary>Stands before the question; null for the published sentence, empty for none.</summary>
    public string? System { get; init; }

    /// <summary>Questions asked at once; their answers are the same as alone.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Of the weights.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Where the model is.</summary>
    public ComputeOptions Compute { get; init; } = new();
}

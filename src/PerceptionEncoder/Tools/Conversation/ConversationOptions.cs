using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tools.Conversation;

/// <summary>Which model is talked to, and how.</summary>
public sealed record ConversationOptions
{
    /// <summary>The model's weights.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Its tokenizer; null for the one beside the weights.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Side of the square pictures in pixels; null for the model's own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Tiles of a picture at most, with a thumbnail before them; 1 squeezes it into one square.</summary>
    public int Tiles { get; init; } = 1;

    /// <summary>Frames of a clip at most.</summary>
    public int Frames { get; init; } = 16;

    /// <summary>Stands before the dialogue; null for the published sentence, empty for none.</summary>
    public string? System { get; init; }

    /// <summary>How a dialogue becomes tokens; null for headers where the tokenizer has them, else plain text.</summary>
    public ChatFormatKind? Format { get; init; }

    /// <summary>How answers are made.</summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <summary>Of the weights: bf16 takes half the memory and is faster where memory is the limit.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Where the model is.</summary>
    public ComputeOptions Compute { get; init; } = new();
}

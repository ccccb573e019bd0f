using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Inference;

namespace PerceptionEncoder.Tools.Conversation;

/// <summary>Which model is talked to, and how.</summary>
public sealed record ConversationOptions : SeeingModelOptions
{
    /// <summary>How a dialogue becomes tokens; null for headers where the tokenizer has them, else plain text.</summary>
    public ChatFormatKind? Format { get; init; }

    /// <summary>How answers are made.</summary>
    public GenerationOptions Generation { get; init; } = new();
}

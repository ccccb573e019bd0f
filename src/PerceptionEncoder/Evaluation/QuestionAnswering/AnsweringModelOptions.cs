using PerceptionEncoder.Inference;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>Which language model answers, and what it sees.</summary>
public sealed record AnsweringModelOptions : SeeingModelOptions
{
    /// <summary>Questions asked at once; their answers are the same as alone.</summary>
    public int Batch { get; init; } = 8;
}

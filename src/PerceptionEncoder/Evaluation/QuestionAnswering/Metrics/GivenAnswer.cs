using PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;

/// <summary>A question with the answer that was given.</summary>
internal sealed record GivenAnswer(VisualQuestion Question, string Text);

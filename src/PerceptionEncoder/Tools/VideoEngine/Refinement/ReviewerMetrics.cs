namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>What one person made of drafts.</summary>
/// <param name="Reviewer">Name.</param>
/// <param name="Reviews">Decisions that hold.</param>
/// <param name="Acceptance">Share of drafts that were right as they were.</param>
/// <param name="Rejection">Share of no use.</param>
/// <param name="MedianSeconds">From showing a clip to deciding.</param>
public sealed record ReviewerMetrics(string Reviewer, int Reviews, double Acceptance, double Rejection, double MedianSeconds)
{
    internal static ReviewerMetrics Of(string reviewer, IReadOnlyCollection<ReviewDecision> decisions) => new(
        reviewer,
        decisions.Count,
        ReviewMetrics.Share(decisions, ReviewVerdict.Accepted),
        ReviewMetrics.Share(decisions, ReviewVerdict.Rejected),
        ReviewMetrics.Median(decisions));
}

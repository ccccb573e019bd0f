namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>How good drafts are, by what people made of them. Shares are of reviews; what was skipped counts nowhere.</summary>
/// <param name="Reviews">Decisions that hold.</param>
/// <param name="Clips">That have one.</param>
/// <param name="Acceptance">Share of drafts that were right as they were.</param>
/// <param name="Edited">Share that people made right.</param>
/// <param name="Rejection">Share of no use.</param>
/// <param name="Flagged">Share that were left with flagged words.</param>
/// <param name="DraftsWithFlags">Share of drafts in which any words were flagged, whatever became of them.</param>
/// <param name="FlaggedSpans">Runs of flagged words.</param>
/// <param name="EditDistance">
/// Characters put in, taken out or replaced, over the length of the longer text: mean over accepted (0) and edited drafts.
/// </param>
/// <param name="WordEditDistance">The same of words.</param>
/// <param name="MedianSeconds">From showing a clip to deciding.</param>
/// <param name="Agreement">Of clips with two reviewers; null where there are none.</param>
/// <param name="Reviewers">One by one, by name.</param>
public sealed record ReviewMetrics(
    int Reviews,
    int Clips,
    double Acceptance,
    double Edited,
    double Rejection,
    double Flagged,
    double DraftsWithFlags,
    int FlaggedSpans,
    double EditDistance,
    double WordEditDistance,
    double MedianSeconds,
    ReviewAgreement? Agreement,
    IReadOnlyList<ReviewerMetrics> Reviewers)
{
    /// <summary>Figures of some reviews.</summary>
    internal static ReviewMetrics Of(IReadOnlyList<StoredReview> reviews)
    {
        ReviewDecision[] decisions = [.. Counted(reviews).Select(review => review.Decision)];
        ReviewDecision[] captioned = [.. decisions.Where(decision => decision.Caption is not null)];
        return new ReviewMetrics(
            decisions.Length,
            decisions.DistinctBy(decision => decision.Clip).Count(),
            Share(decisions, ReviewVerdict.Accepted),
            Share(decisions, ReviewVerdict.Edited),
            Share(decisions, ReviewVerdict.Rejected),
            Share(decisions, ReviewVerdict.Flagged),
            Mean(decisions.Select(decision => decision.Spans.Count > 0 ? 1.0 : 0)),
            decisions.Sum(decision => decision.Spans.Count),
            Mean(captioned.Select(decision => TextDistance.OfCharacters(decision.Draft, decision.Caption!))),
            Mean(captioned.Select(decision => TextDistance.OfWords(decision.Draft, decision.Caption!))),
            Median(decisions),
            ReviewAgreement.Of(reviews),
            [.. decisions.GroupBy(decision => decision.Reviewer).OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => ReviewerMetrics.Of(group.Key, [.. group]))]);
    }

    /// <summary>Those that say something of their clip.</summary>
    internal static IEnumerable<StoredReview> Counted(IEnumerable<StoredReview> reviews)
        => reviews.Where(review => review.Decision.Verdict != ReviewVerdict.Skipped);

    internal static double Share(IReadOnlyCollection<ReviewDecision> decisions, ReviewVerdict verdict)
        => Mean(decisions.Select(decision => decision.Verdict == verdict ? 1.0 : 0));

    internal static double Median(IReadOnlyCollection<ReviewDecision> decisions)
    {
        double[] sorted = [.. decisions.Select(decision => decision.Seconds).Order()];
        return sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    internal static double Mean(IEnumerable<double> values) => values.DefaultIfEmpty(0).Average();
}

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>How far two people agree on the same clip: on whether its draft is right, needs a change, or is of no use.</summary>
/// <param name="Clips">With two reviews.</param>
/// <param name="Agreement">Share of them on which both say the same.</param>
/// <param name="BeyondChance">
/// That share beyond what chance would give to people who decide as often for each (Scott's pi); null where chance gives all of it.
/// </param>
/// <param name="CaptionDistance">
/// Of the two resulting captions, where both have one: characters put in, taken out or replaced over the longer length; null without any.
/// </param>
public sealed record ReviewAgreement(int Clips, double Agreement, double? BeyondChance, double? CaptionDistance)
{
    /// <summary>Of the clips that have two reviews by different people; null where there are none.</summary>
    internal static ReviewAgreement? Of(IReadOnlyList<StoredReview> reviews)
    {
        var pairs = ReviewMetrics.Counted(reviews).GroupBy(review => review.Decision.Clip)
            .Select(group => group.DistinctBy(review => review.Decision.Reviewer).Select(review => review.Decision).Take(2).ToArray())
            .Where(pair => pair.Length == 2)
            .Select(pair => (First: pair[0], Second: pair[1]))
            .ToArray();
        if (pairs.Length == 0)
        {
            return null;
        }

        var observed = pairs.Average(pair => Side(pair.First) == Side(pair.Second) ? 1.0 : 0);

        // Who of the two came first says nothing of them, so that chance is counted over both together.
        var sides = pairs.SelectMany(pair => new[] { Side(pair.First), Side(pair.Second) }).CountBy(side => side);
        var chance = sides.Sum(side => Math.Pow(side.Value / (2.0 * pairs.Length), 2));
        double[] distances = [.. pairs.Where(pair => pair.First.Caption is not null && pair.Second.Caption is not null)
            .Select(pair => TextDistance.OfCharacters(pair.First.Caption!, pair.Second.Caption!))];
        return new ReviewAgreement(
            pairs.Length,
            observed,
            chance < 1 ? (observed - chance) / (1 - chance) : null,
            distances.Length > 0 ? distances.Average() : null);
    }

    /// <summary>Words that are flagged are a change that nobody has made yet.</summary>
    private static ReviewVerdict Side(ReviewDecision decision)
        => decision.Verdict == ReviewVerdict.Flagged ? ReviewVerdict.Edited : decision.Verdict;
}

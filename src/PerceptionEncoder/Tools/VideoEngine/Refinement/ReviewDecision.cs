namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>A reviewer's word on a clip, as it comes in.</summary>
/// <param name="Request">
/// Names this decision for good: the same one sent again, because its answer was lost, counts once.
/// </param>
/// <param name="Client">The browser, which holds the lease.</param>
/// <param name="Reviewer">The person.</param>
/// <param name="Clip">Of the state.</param>
/// <param name="Verdict">What is said.</param>
/// <param name="Draft">As it was shown.</param>
/// <param name="Caption">What is right: the draft where it is accepted, the change where it is edited; null of the others.</param>
/// <param name="Spans">Flagged in the draft, in order.</param>
/// <param name="Seconds">From showing to deciding.</param>
internal sealed record ReviewDecision(
    string Request,
    string Client,
    string Reviewer,
    long Clip,
    ReviewVerdict Verdict,
    string Draft,
    string? Caption,
    IReadOnlyList<FlaggedSpan> Spans,
    double Seconds);

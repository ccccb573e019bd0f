namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>What taking back a decision has come to.</summary>
/// <param name="Review">The one that no longer counts, whose clip is its reviewer's again; null where there is none.</param>
/// <param name="IsTaken">Another reviewer looks at the clip meanwhile, so that nothing was taken back.</param>
internal sealed record UndoneReview(ReviewDecision? Review, bool IsTaken = false);

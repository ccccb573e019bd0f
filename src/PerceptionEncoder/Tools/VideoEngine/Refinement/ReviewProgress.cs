namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>How far a review has come.</summary>
/// <param name="Clips">That are reviewed here.</param>
/// <param name="Reviews">Wanted of them: those for agreement count twice.</param>
/// <param name="Done">Of these.</param>
/// <param name="Mine">Of one reviewer.</param>
/// <param name="Skipped">By that reviewer.</param>
internal sealed record ReviewProgress(long Clips, long Reviews, long Done, long Mine, long Skipped);

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>What became of the objects of one clip.</summary>
/// <param name="Clip">The clip.</param>
/// <param name="Masks">[height, width] of each frame, the given first mask too.</param>
/// <param name="Scores">Of each object.</param>
internal sealed record TrackedClip(TrackingClip Clip, IReadOnlyList<byte[]> Masks, IReadOnlyList<ObjectScores> Scores);

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>What a reviewer sees of a clip, but for its pictures.</summary>
/// <param name="Id">By which the state knows it.</param>
/// <param name="Name">Shard and key.</param>
/// <param name="Draft">To review.</param>
/// <param name="Sources">What the draft was made from.</param>
/// <param name="IsFile">There is the file of a clip, which a browser may be able to play; else there are stored frames.</param>
internal sealed record ClipUnderReview(long Id, string Name, string Draft, IReadOnlyList<ReviewSource> Sources, bool IsFile);

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>Where the bytes of a member lie in its shard.</summary>
/// <param name="Offset">Of the first.</param>
/// <param name="Length">How many.</param>
internal readonly record struct MemberPlace(long Offset, long Length);

namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>A picture and its depths.</summary>
/// <param name="Picture">File.</param>
/// <param name="Depths">File, which may be missing.</param>
/// <param name="Key">Name in the set.</param>
/// <param name="Scale">What a metre is in the file of depths.</param>
internal sealed record DepthPair(string Picture, string Depths, string Key, double Scale);

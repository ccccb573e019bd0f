using PerceptionEncoder.Search;

namespace PerceptionEncoder.Tools.Answers;

/// <summary>What one query found.</summary>
/// <param name="Query">The text, or the image's path.</param>
/// <param name="Kind"><c>text</c> or <c>image</c>.</param>
/// <param name="Hits">Best first.</param>
public sealed record SearchAnswer(string Query, string Kind, IReadOnlyList<SearchHit> Hits);

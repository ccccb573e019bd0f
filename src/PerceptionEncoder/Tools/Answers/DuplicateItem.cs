namespace PerceptionEncoder.Tools.Answers;

/// <summary>A row of a group of near-duplicates.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Cosine">With the first of its group; 1 of the first itself.</param>
public sealed record DuplicateItem(string Id, float Cosine);

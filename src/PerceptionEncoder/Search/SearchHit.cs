namespace PerceptionEncoder.Search;

/// <summary>A row that a search found.</summary>
/// <param name="Row">Its number, from 0 in the order of adding.</param>
/// <param name="Id">Its name.</param>
/// <param name="Score">Cosine with the query, from -1 to 1.</param>
public readonly record struct SearchHit(int Row, string Id, float Score);

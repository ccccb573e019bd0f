namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Samples or shards that cannot be used, or not whole, for one reason.</summary>
/// <param name="Reason">A short fixed phrase.</param>
/// <param name="Count">How many.</param>
/// <param name="IsLeftOut">Whether training leaves the sample out; else it is used as far as it goes.</param>
/// <param name="Examples">The first of them, and what is particular to each.</param>
public sealed record InspectedProblem(string Reason, long Count, bool IsLeftOut, IReadOnlyList<InspectedExample> Examples);

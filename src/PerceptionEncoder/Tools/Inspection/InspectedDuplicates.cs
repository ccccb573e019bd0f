namespace PerceptionEncoder.Tools.Inspection;

/// <summary>What comes more than once.</summary>
/// <param name="Groups">Samples that have the same are one group.</param>
/// <param name="Extra">Samples beyond the first of each group.</param>
/// <param name="Largest">The largest groups.</param>
public sealed record InspectedDuplicates(long Groups, long Extra, IReadOnlyList<InspectedGroup> Largest);

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Samples that have the same.</summary>
/// <param name="Samples">How many.</param>
/// <param name="Text">What they have: the caption, or that of one of them.</param>
/// <param name="Members">The first of them.</param>
public sealed record InspectedGroup(long Samples, string Text, IReadOnlyList<InspectedSample> Members);

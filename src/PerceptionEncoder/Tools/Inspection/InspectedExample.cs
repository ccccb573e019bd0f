namespace PerceptionEncoder.Tools.Inspection;

/// <summary>A case of a problem.</summary>
/// <param name="Sample">Where it is.</param>
/// <param name="Detail">What is particular to it, in one line.</param>
public sealed record InspectedExample(InspectedSample Sample, string Detail);

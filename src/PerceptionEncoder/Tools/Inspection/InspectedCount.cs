namespace PerceptionEncoder.Tools.Inspection;

/// <summary>How many samples have something.</summary>
/// <param name="Name">What they have.</param>
/// <param name="Samples">How many.</param>
/// <param name="Bytes">That it takes in all of them; null where that is not counted.</param>
public sealed record InspectedCount(string Name, long Samples, long? Bytes = null);

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>The texts at one place of the samples.</summary>
/// <param name="Place">As a training source names it: <c>txt</c>, <c>json.caption</c>.</param>
/// <param name="Samples">That have one or more which are not blank.</param>
/// <param name="Blank">Texts without anything in them.</param>
/// <param name="Characters">Of those that are not blank.</param>
/// <param name="Tokens">The same in tokens, with start and end; null where none were counted.</param>
/// <param name="Scripts">Texts by the script of most of their letters.</param>
public sealed record InspectedText(
    string Place,
    long Samples,
    long Blank,
    InspectedNumbers? Characters,
    InspectedNumbers? Tokens,
    IReadOnlyList<InspectedCount> Scripts);

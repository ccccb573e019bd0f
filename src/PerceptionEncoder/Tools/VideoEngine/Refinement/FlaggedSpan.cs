namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>Words of a draft that the clip does not show.</summary>
/// <param name="Start">UTF-16 units before them, as browsers and .NET count.</param>
/// <param name="Length">UTF-16 units.</param>
internal sealed record FlaggedSpan(int Start, int Length);

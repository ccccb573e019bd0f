namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>A text among the sources of a draft.</summary>
/// <param name="Label">What it belongs to; null where that is plain.</param>
/// <param name="Text">As it is stored, cut where it is very long.</param>
internal sealed record ReviewSourceLine(string? Label, string Text);

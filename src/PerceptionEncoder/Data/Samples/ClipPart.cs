namespace PerceptionEncoder.Data.Samples;

/// <summary>A part of a clip: what is on display from start to before end, counted from the first frame.</summary>
internal readonly record struct ClipPart(TimeSpan Start, TimeSpan End);

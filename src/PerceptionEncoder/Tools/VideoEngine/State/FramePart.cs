namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>A frame that is described by itself: a part of its stage.</summary>
/// <param name="Index">Of the frame in the clip.</param>
/// <param name="Seconds">From the clip's start; null where nothing says it.</param>
internal sealed record FramePart(int Index, double? Seconds);

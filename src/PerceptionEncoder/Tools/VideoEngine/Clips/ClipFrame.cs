using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.VideoEngine.Clips;

/// <summary>One frame of a clip.</summary>
/// <param name="Index">In the clip, from 0; of stored frames among those.</param>
/// <param name="Seconds">From the clip's start; null where nothing says it.</param>
/// <param name="Picture">RGB.</param>
internal sealed record ClipFrame(int Index, double? Seconds, DecodedImage Picture);

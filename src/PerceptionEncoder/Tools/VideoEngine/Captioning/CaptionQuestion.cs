using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>What is asked.</summary>
/// <param name="Text">Instruction, and what is known as quoted data.</param>
/// <param name="Pictures">What it is about, RGB; none for texts alone.</param>
internal sealed record CaptionQuestion(string Text, IReadOnlyList<DecodedImage> Pictures);

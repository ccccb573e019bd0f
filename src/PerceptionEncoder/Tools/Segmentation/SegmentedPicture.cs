namespace PerceptionEncoder.Tools.Segmentation;

/// <summary>What was found in a picture.</summary>
/// <param name="Width">Of the picture in pixels.</param>
/// <param name="Height">Of the picture in pixels.</param>
/// <param name="Masks">The likeliest of each prompt, or of the grid, first.</param>
/// <param name="EncodingSeconds">What the picture took, once.</param>
/// <param name="PromptSeconds">What all prompts took.</param>
public sealed record SegmentedPicture(
    int Width,
    int Height,
    IReadOnlyList<WrittenMask> Masks,
    double EncodingSeconds,
    double PromptSeconds);

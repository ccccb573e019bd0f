namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>How much of a text is in an image.</summary>
/// <param name="Image">The file.</param>
/// <param name="Text">The text.</param>
/// <param name="Cosine">Of the text with the whole image.</param>
/// <param name="Lowest">Of the text with a patch.</param>
/// <param name="Highest">Of the text with a patch.</param>
public sealed record TextHeat(string Image, string Text, double Cosine, double Lowest, double Highest);

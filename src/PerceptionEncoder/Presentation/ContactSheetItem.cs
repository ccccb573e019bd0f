namespace PerceptionEncoder.Presentation;

/// <summary>One picture of a contact sheet with what the model said of it.</summary>
/// <param name="Pixels">[3, height, width] RGB, 8 bits.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Title">The true class or caption.</param>
/// <param name="Predictions">Best first; score is whatever the evaluator ranks by.</param>
internal sealed record ContactSheetItem(
    byte[] Pixels,
    int Height,
    int Width,
    string Title,
    IReadOnlyList<(string Text, double Score, bool Correct)> Predictions);

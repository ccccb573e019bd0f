namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>What was said of a picture, or is true of it.</summary>
/// <param name="Map">Stretched over the picture.</param>
/// <param name="Caption">One short line below it.</param>
internal sealed record SheetAnswer(TokenMap Map, string Caption);

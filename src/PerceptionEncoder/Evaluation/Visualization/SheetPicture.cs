using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>A cell of a sheet.</summary>
/// <param name="Picture">RGB, at the size it is shown in; null for an empty cell.</param>
/// <param name="Caption">One short line below it.</param>
/// <param name="Point">Where to draw a mark, as shares of width and height.</param>
internal sealed record SheetPicture(DecodedImage? Picture, string Caption, (double X, double Y)? Point = null);

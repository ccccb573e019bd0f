using PerceptionEncoder.Inference;

namespace PerceptionEncoder.Tools.Segmentation;

/// <summary>A mask that was written.</summary>
/// <param name="File">Its name in the folder: a grey PNG, 255 inside.</param>
/// <param name="Area">Pixels inside.</param>
/// <param name="Box">Left, top, width and height as the published generator counts them: the last column and row less the first.</param>
/// <param name="PredictedIou">The model's own guess at its intersection over union with what is meant.</param>
/// <param name="Stability">How little it depends on where logits are cut; null where it has no area.</param>
/// <param name="Points">X, y and label of what it was asked with, in pixels.</param>
public sealed record WrittenMask(
    string File,
    long Area,
    IReadOnlyList<int> Box,
    double PredictedIou,
    double? Stability,
    IReadOnlyList<IReadOnlyList<double>> Points)
{
    internal static WrittenMask Of(string file, FoundMask found)
    {
        var (left, top, right, bottom) = found.Mask.Bounds;
        return new WrittenMask(
            file,
            found.Mask.Area,
            [left, top, right - left, bottom - top],
            found.PredictedIou,
            double.IsNaN(found.Stability) ? null : found.Stability,
            [.. found.Prompt.Points.Select(point => (IReadOnlyList<double>)[point.X, point.Y, (int)point.Label])]);
    }
}

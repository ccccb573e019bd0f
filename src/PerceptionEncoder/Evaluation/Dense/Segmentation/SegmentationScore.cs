using PerceptionEncoder.Evaluation.Dense.Heads;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

// P patches · D width · C classes
/// <summary>Measures scores of patches pixel by pixel: enlarged bilinearly to the mask, the highest is the answer.</summary>
/// <param name="set">Classes.</param>
/// <param name="device">Where scores are computed.</param>
internal sealed class SegmentationScore(SegmentationSetOptions set, Device device)
{
    /// <summary>Measures whole pictures; of one that was encoded in windows, their scores are averaged first.</summary>
    /// <param name="layer">Whose tokens.</param>
    /// <param name="part">Tokens and masks.</param>
    /// <param name="scores">Tokens [1, P, D] to scores [1, C, g, g].</param>
    /// <param name="show">Gets each mask and the answers, int64 [H, W].</param>
    /// <param name="cancellation">Stops between pictures.</param>
    public SegmentationMetrics Of(
        int layer,
        LayerTokens<SegmentationMask> part,
        Func<Tensor, Tensor> scores,
        Action<SegmentationMask, Tensor>? show,
        CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        var metrics = new SegmentationMetrics(set.Classes, set.Unlabelled);
        foreach (var rows in Pictures(part.Annotations))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var first = part.Annotations[rows[0]];
            var truth = first.Tile?.Whole ?? first;
            var all = first.Tile is { } tile
                ? SlidingWindows.Average(
                    tile.Height,
                    tile.Width,
                    [.. rows.Select(row => part.Annotations[row].Tile!.Window)],
                    window => TokenMaps.Resize(
                        Scores(rows.First(row => part.Annotations[row].Tile!.Window == window)),
                        [window.Height, window.Width]))
                : Scores(rows[0]);
            var answers = TokenMaps.Resize(all, [truth.Height, truth.Width]).squeeze(0).argmax(0);
            metrics.Add(answers, truth);
            show?.Invoke(truth, answers);
        }

        return metrics;

        Tensor Scores(int row) => scores(part.Of(layer).Take([row], device));
    }

    /// <summary>Measures rows on their own, windows of a picture apart from each other.</summary>
    public SegmentationMetrics OfRows(
        int layer,
        LayerTokens<SegmentationMask> part,
        IReadOnlyList<int> rows,
        Func<Tensor, Tensor> scores,
        CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        var metrics = new SegmentationMetrics(set.Classes, set.Unlabelled);
        foreach (var row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var mask = part.Annotations[row];
            var enlarged = TokenMaps.Resize(scores(part.Of(layer).Take([row], device)), [mask.Height, mask.Width]);
            metrics.Add(enlarged.squeeze(0).argmax(0), mask);
        }

        return metrics;
    }

    /// <summary>Rows by the picture that they are of.</summary>
    public static IReadOnlyList<int[]> Pictures(IReadOnlyList<SegmentationMask> masks)
    {
        var starts = masks.Index().Where(entry => entry.Item.Tile is not { Whole: null }).Select(entry => entry.Index).ToArray();
        return [.. starts.Zip(starts.Skip(1).Append(masks.Count), (from, to) => Enumerable.Range(from, to - from).ToArray())];
    }
}

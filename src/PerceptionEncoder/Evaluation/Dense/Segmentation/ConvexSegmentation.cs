using PerceptionEncoder.Evaluation.Dense.Heads;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

// n images · P patches = grid² · D width · C classes, K of which are learned
/// <summary>
/// A linear classifier of patch tokens that learns the classes' shares of each patch, by L-BFGS with a penalty chosen on held-out images.
/// Classes that no training picture has are left out and never answered: their biases, which no penalty holds, would fall without end.
/// </summary>
/// <param name="set">Classes, penalties.</param>
/// <param name="device">Where it is solved.</param>
/// <param name="grid">Patches a side.</param>
internal sealed class ConvexSegmentation(SegmentationSetOptions set, Device device, long grid)
{
    /// <summary>Score of a class that is not answered; finite, since scores are blended.</summary>
    private const double Never = -1e30;

    /// <summary>Chooses the penalty and solves on all images.</summary>
    public FittedSegmentation Fit(int layer, LayerTokens<SegmentationMask> train, SegmentationScore score, CancellationToken cancellation)
    {
        int[] all = [.. Enumerable.Range(0, train.Annotations.Count)];
        int[] heldOut = [.. all.Where(image => image % set.HoldOutEvery == set.HoldOutEvery - 1)];
        var l2 = set.L2.Count == 1 || !Labelled(heldOut) || !Labelled(all.Except(heldOut))
            ? set.L2[0]
            : Choose(layer, train, score, [.. all.Except(heldOut)], heldOut, cancellation);
        var (standardization, regression, present) = Prepare(layer, train, all);
        return new FittedSegmentation(
            ScoresOf(standardization, regression.Fit(l2, null, cancellation), present),
            new Dictionary<string, double> { ["l2"] = l2 });

        bool Labelled(IEnumerable<int> images)
            => images.Any(image => train.Annotations[image].Classes.AsSpan().ContainsAnyExcept((byte)set.Unlabelled));
    }

    private double Choose(
        int layer,
        LayerTokens<SegmentationMask> train,
        SegmentationScore score,
        int[] fit,
        int[] heldOut,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (standardization, regression, present) = Prepare(layer, train, fit);
        Tensor? classifier = null;
        double[] penalties = [.. set.L2.OrderDescending()];
        return penalties[Enumerable.Range(0, penalties.Length).MaxBy(i =>
        {
            classifier = regression.Fit(penalties[i], classifier, cancellation);
            return score.OfRows(layer, train, heldOut, ScoresOf(standardization, classifier, present), cancellation).Compute()["miou"];
        })];
    }

    private (Standardization Standardization, LogisticRegression Regression, Tensor Present) Prepare(
        int layer,
        LayerTokens<SegmentationMask> train,
        int[] images)
    {
        var tokens = train.Of(layer).Take(images, device).flatten(0, 1);                                 // [n P, D]
        var standardization = Standardization.Of(tokens);
        var shares = cat(images.Select(image => train.Annotations[image].CellShares(grid, set.Classes, set.Unlabelled)).ToArray())
            .SendTo(device);                                                                                 // [n P, C]
        var present = shares.sum(dim: 0).gt(Scalars.Of(0L)).nonzero().flatten();                                // [K]
        return (
            standardization,
            new LogisticRegression(standardization.Apply(tokens), shares.index_select(1, present), (int)present.shape[0]),
            present);
    }

    private Func<Tensor, Tensor> ScoresOf(Standardization standardization, Tensor classifier, Tensor present) => tokens =>
    {
        using var scope = NewDisposeScope();
        var learned = LogisticRegression.Scores(standardization.Apply(tokens.squeeze(0)), classifier);           // [P, K]
        var scores = full([learned.shape[0], set.Classes], Never, float32, device).index_copy_(1, present, learned);
        return TokenMaps.Of(scores.unsqueeze(0), grid, grid).MoveToOuterDisposeScope();
    };
}

using PerceptionEncoder.Evaluation.Dense.Heads;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

// B images · P patches = grid² · D width · C classes
/// <summary>A head of segmentation under AdamW, on the classes of pixels.</summary>
/// <remarks>
/// Scores are enlarged to four a side of a patch before the loss; published training enlarges them to every pixel, which costs a
/// multiple and asks the same of a head that sees whole patches.
/// </remarks>
/// <param name="set">Classes, kind of head, training.</param>
/// <param name="device">Where it is trained.</param>
/// <param name="grid">Patches a side.</param>
internal sealed class TrainedSegmentation(SegmentationSetOptions set, Device device, int grid)
{
    private const int ScoresPerPatch = 4;
    private const double Dropout = 0.1;

    /// <summary>Trains on all images.</summary>
    public FittedSegmentation Fit(int layer, LayerTokens<SegmentationMask> train, CancellationToken cancellation)
    {
        Randomness.Seed(device, (long)set.Seed);
        var tokens = train.Of(layer);
        var width = tokens.All().shape[^1];
        nn.Module<Tensor, Tensor> head = set.Head == SegmentationHeadKind.Conv
            ? new SegmentationConvolution(width, set.Classes, Dropout)
            : new LinearTokenHead(width, set.Classes, drop: Dropout);
        head.to(device);
        var side = ScoresPerPatch * grid;
        var labels = train.Annotations.Select(mask => mask.At(side)).ToArray();                                  // [4g, 4g] each
        try
        {
            new HeadTraining(set.Steps, set.TrainBatch, set.LearningRate, set.Seed).Run(
                head,
                labels.Length,
                (images, _) => PixelCrossEntropy.Of(
                    TokenMaps.Resize(head.call(Maps(tokens.Take(images, device))), [side, side]),
                    stack(images.Select(image => labels[image]).ToArray()).SendTo(device).to(int64),
                    set.Unlabelled),
                device,
                cancellation);
            return new FittedSegmentation(one => head.call(Maps(one)), new Dictionary<string, double>(), head);
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    private Tensor Maps(Tensor tokens) => TokenMaps.Of(tokens, grid, grid);
}

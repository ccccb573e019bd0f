using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>
/// The attention probe of AIMv2: every learning rate and weight decay of its grid is trained on all training images, the best on the test
/// part is reported.
/// </summary>
/// <remarks>
/// AIMv2, arXiv 2411.14402, Tab. A2; the head is AIM's. The table has a column for ImageNet-1k (batch 1,024, 5 epochs of warm-up) and one
/// for other sets (512, none). Its augmentations (random crop and flip, colour jitter, AutoAugment) are left out: features are those of the
/// pictures as evaluation sees them, encoded once.
/// </remarks>
/// <param name="options">Epochs, if others than the published, and seed.</param>
/// <param name="heads">Attention heads of the probe; must divide the width.</param>
/// <param name="isImageNet">Take the column of ImageNet-1k.</param>
/// <param name="device">Where it is trained.</param>
internal sealed class PublishedAttentionProbe(ProbeOptions options, int heads, bool isImageNet, Device device)
{
    private const int Epochs = 100;
    private const double LowestRate = 1e-5;
    private const double ClipGradNorm = 3;
    private static readonly double[] Rates = [5e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3, 2e-3];
    private static readonly double[] Decays = [0.05, 0.1];

    public ProbeScore Measure(ProbeData data, CancellationToken cancellation)
    {
        var rows = data.Split.Final;
        var plan = new HeadTrainingPlan(options.Epochs ?? Epochs, isImageNet ? 1024 : 512, options.Seed);
        var warmup = isImageNet ? 5 * plan.StepsOfEpoch(rows.Count) : 0;
        var width = (int)data.Train.All().shape[^1];
        (double Rate, double Decay)[] grid = [.. Rates.SelectMany(rate => Decays.Select(decay => (rate, decay)))];
        var candidates = grid.Select(point => HeadInTraining.Of(
            Create(width, data.Classes),
            new OptimizerOptions
            {
                Type = OptimizerKind.Adamw,
                Betas = new(0.9, 0.999),
                WeightDecay = point.Decay,
                Decay = DecayRule.All,
                ClipGradNorm = ClipGradNorm,
            },
            new ScheduleOptions { WarmupSteps = warmup, FinalShare = LowestRate / point.Rate },
            point.Rate));
        var (metrics, best) = HeadInTraining.BestOnTest(
            HeadInTraining.Train([.. candidates], data, rows, plan, device, cancellation),
            data,
            device,
            cancellation);
        return new ProbeScore(metrics, ("learning_rate", grid[best].Rate), ("weight_decay", grid[best].Decay));
    }

    private PublishedAttentionHead Create(int width, int classes)
    {
        Randomness.Seed(device, (long)options.Seed);
        var head = new PublishedAttentionHead(width, heads, classes);
        head.to(device);
        return head;
    }
}

using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>
/// The linear probe of InternVL: a batch norm and a linear classifier on the class token beside the mean of the patch tokens, by SGD on all
/// training images.
/// </summary>
/// <remarks>
/// InternVL, arXiv 2312.14238, 4.2.1, and its published configuration: 10 epochs, one of them warm-up, batches of 1,024 at a rate of 0.1
/// for every 512, Nesterov momentum 0.9, cosine to 0, no weight decay, gradients clipped at 5. Its augmentations (random crop and flip,
/// mixup) and its second figure, of averaged weights, are left out: features are those of the pictures as evaluation sees them, encoded
/// once.
/// </remarks>
/// <param name="options">Seed.</param>
/// <param name="device">Where it is trained.</param>
internal sealed class PublishedLinearProbe(ProbeOptions options, Device device)
{
    private const int Epochs = 10;
    private const int LargestBatch = 1024;
    private const double RateOf512 = 0.1;
    private const double Momentum = 0.9;
    private const double ClipGradNorm = 5;

    public ProbeScore Measure(ProbeData data, CancellationToken cancellation)
    {
        var rows = data.Split.Final;
        if (rows.Count < 2)
        {
            throw new UserErrorException(
                "the published linear probe has a batch norm, which needs at least two training images. Take more, or the fast protocol.");
        }

        var batch = Math.Min(LargestBatch, rows.Count);
        var rate = RateOf512 * batch / 512;
        var plan = new HeadTrainingPlan(Epochs, batch, options.Seed, DropLast: true);
        Randomness.Seed(device, (long)options.Seed);
        var head = new PublishedLinearHead((int)data.Train.All().shape[^1], data.Classes);
        head.to(device);
        var (metrics, _) = HeadInTraining.BestOnTest(
            HeadInTraining.Train(
                [Under(head, new ScheduleOptions { WarmupSteps = plan.StepsOfEpoch(rows.Count) }, rate)],
                data,
                rows,
                plan,
                device,
                cancellation),
            data,
            device,
            cancellation);
        return new ProbeScore(metrics, ("learning_rate", rate));
    }

    private static HeadInTraining Under(PublishedLinearHead head, ScheduleOptions schedule, double peak)
    {
        var optimizer = optim.SGD(head.parameters(), peak, momentum: Momentum, nesterov: true);
        return new HeadInTraining(head, schedule, peak, () => optimizer.zero_grad(), Step, optimizer);

        void Step(double rate)
        {
            nn.utils.clip_grad_norm_(head.parameters(), ClipGradNorm);
            foreach (var group in optimizer.ParamGroups)
            {
                group.LearningRate = rate;
            }

            optimizer.step();
        }
    }
}

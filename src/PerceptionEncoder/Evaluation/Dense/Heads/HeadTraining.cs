using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Heads;

/// <summary>How a head is trained on tokens that are kept: AdamW, a tenth of the steps warm-up, then a cosine to 0.</summary>
/// <param name="Steps">Updates; training images are passed over as often as it takes.</param>
/// <param name="Batch">Images a step.</param>
/// <param name="LearningRate">The peak.</param>
/// <param name="Seed">Of the order.</param>
internal sealed record HeadTraining(long Steps, int Batch, double LearningRate, ulong Seed)
{
    private const double WeightDecay = 0.01;
    private const int WarmupPart = 10;

    /// <summary>Trains a head, and leaves it in eval mode.</summary>
    /// <param name="head">On the device.</param>
    /// <param name="images">So many are trained on.</param>
    /// <param name="loss">Of some images, at a step counted from 0; null where there is nothing to learn from them.</param>
    /// <param name="device">Where the head is.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public void Run(
        nn.Module head,
        int images,
        Func<int[], long, Tensor?> loss,
        Device device,
        CancellationToken cancellation)
    {
        var schedule = new ScheduleOptions { WarmupSteps = Steps / WarmupPart };
        using var optimizer = new OptimizerOptions
        {
            Type = OptimizerKind.Adamw,
            LearningRate = LearningRate,
            Betas = new(0.9, 0.999),
            WeightDecay = WeightDecay,
        }.Create(head.named_parameters());
        Randomness.Seed(device, (long)Seed);
        head.train();
        using var exact = Tf32.Suspend();
        var (plan, rows, step) = (new HeadTrainingPlan(Epochs: 1, Batch, Seed), Enumerable.Range(0, images).ToArray(), 0L);
        for (var epoch = 0; step < Steps; epoch++)
        {
            foreach (var chunk in plan.Batches(rows, epoch).Take((int)Math.Min(Steps - step, int.MaxValue)))
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                optimizer.ZeroGradients();
                if (loss(chunk, step) is { } value)
                {
                    BackwardPass.Run(value);
                    optimizer.Step(schedule.LearningRate(step, Steps, LearningRate));
                }

                step++;
            }
        }

        head.eval();
    }
}

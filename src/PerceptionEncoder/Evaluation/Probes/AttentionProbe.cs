using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

// B images · N tokens · D width · C classes
/// <summary>
/// Attention pooling over the frozen tokens and a linear classifier, trained by AdamW: what a layer knows beyond any fixed pooling of it.
/// </summary>
/// <param name="options">Rates, epochs, batch and seed.</param>
/// <param name="heads">Attention heads of the probe; must divide the width.</param>
/// <param name="device">Where it is trained.</param>
internal sealed class AttentionProbe(ProbeOptions options, int heads, Device device)
{
    private const int DefaultEpochs = 10;
    private const double WarmupShare = 0.05;

    /// <summary>Trains it and measures it on the test part.</summary>
    /// <param name="data">Tokens and classes.</param>
    /// <param name="keep">Takes what it has learned, by name; null where it is not kept.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public ProbeScore Measure(ProbeData data, Action<IReadOnlyList<(string, Tensor)>>? keep, CancellationToken cancellation)
    {
        var rate = options.LearningRates.Count == 1 ? options.LearningRates[0] : Choose(data, cancellation);
        using var head = Train(data, data.Split.Final, [rate], cancellation)[0];
        keep?.Invoke([.. head.state_dict().Select(entry => (entry.Key, entry.Value))]);
        return new ProbeScore(data.TestMetrics(head.call, device, cancellation), ("learning_rate", rate));
    }

    private double Choose(ProbeData data, CancellationToken cancellation)
    {
        var candidates = Train(data, data.Split.Fit, options.LearningRates, cancellation);
        try
        {
            return options.LearningRates[ProbeData.Best(
                candidates.Length,
                i => data.HeldOutAccuracy(candidates[i].call, device, cancellation))];
        }
        finally
        {
            Array.ForEach(candidates, head => head.Dispose());
        }
    }

    /// <summary>One head for each rate, all from the same weights and over the same batches.</summary>
    private nn.Module<Tensor, Tensor>[] Train(
        ProbeData data,
        IReadOnlyList<int> rows,
        IReadOnlyList<double> rates,
        CancellationToken cancellation)
    {
        var plan = new HeadTrainingPlan(options.Epochs ?? DefaultEpochs, options.Batch, options.Seed);
        var schedule = new ScheduleOptions { WarmupSteps = (long)(WarmupShare * plan.Steps(rows.Count)) };
        var optimizer = new OptimizerOptions { Type = OptimizerKind.Adamw, Betas = new(0.9, 0.999), WeightDecay = options.WeightDecay };
        var width = (int)data.Train.All().shape[^1];
        return HeadInTraining.Train(
            [.. rates.Select(rate => HeadInTraining.Of(Create(width, data.Classes), optimizer, schedule, rate))],
            data,
            rows,
            plan,
            device,
            cancellation);
    }

    private AttentionProbeHead Create(int width, int classes)
    {
        Randomness.Seed(device, (long)options.Seed);
        var probe = new AttentionProbeHead(width, heads, classes);
        probe.to(device);
        return probe;
    }
}

using PerceptionEncoder.Data;
using PerceptionEncoder.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

// B images · N tokens · D width · C classes
/// <summary>Attention pooling over the frozen tokens and a linear classifier, trained by AdamW: what a layer knows beyond any fixed pooling of it.</summary>
/// <param name="options">Rates, epochs, batch and seed.</param>
/// <param name="heads">Attention heads of the probe; must divide the width.</param>
/// <param name="device">Where it is trained.</param>
internal sealed class AttentionProbe(ProbeOptions options, int heads, Device device)
{
    private const double WarmupShare = 0.05;

    public ProbeScore Measure(ProbeData data, CancellationToken cancellation)
    {
        var rate = options.LearningRates.Count == 1 ? options.LearningRates[0] : Choose(data, cancellation);
        using var head = Train(data, data.Split.Final, [rate], cancellation)[0];
        return new ProbeScore(data.TestMetrics(head.call, device, cancellation), ("learning_rate", rate));
    }

    private double Choose(ProbeData data, CancellationToken cancellation)
    {
        var candidates = Train(data, data.Split.Fit, options.LearningRates, cancellation);
        try
        {
            return options.LearningRates[ProbeData.Best(candidates.Length, i => data.HeldOutAccuracy(candidates[i].call, device, cancellation))];
        }
        finally
        {
            Array.ForEach(candidates, head => head.Dispose());
        }
    }

    /// <summary>One head for each rate, all from the same weights and over the same batches, so that the tokens are read once.</summary>
    private AttentionProbeHead[] Train(ProbeData data, IReadOnlyList<int> rows, IReadOnlyList<double> rates, CancellationToken cancellation)
    {
        var width = (int)data.Train.All().shape[^1];
        var probes = rates.Select(_ => Create(width, data.Classes)).ToArray();
        var optimizers = probes.Select(probe => new OptimizerOptions { Type = OptimizerKind.Adamw, Betas = new(0.9, 0.999), WeightDecay = options.WeightDecay }.Create(probe.named_parameters())).ToArray();
        var stepsOfEpoch = (rows.Count + options.Batch - 1) / options.Batch;
        var total = (long)options.Epochs * stepsOfEpoch;
        var schedule = new ScheduleOptions { WarmupSteps = (long)(WarmupShare * total) };
        try
        {
            var step = 0L;
            for (var epoch = 0; epoch < options.Epochs; epoch++)
            {
                var order = rows.ToArray();
                new SampleRandom(SampleRandom.Mix(options.Seed, (ulong)epoch)).Shuffle<int>(order);
                foreach (var chunk in order.Chunk(options.Batch))
                {
                    cancellation.ThrowIfCancellationRequested();
                    using var scope = NewDisposeScope();
                    var tokens = data.Train.Take(chunk, device);
                    var labels = data.LabelTensor(chunk, device);
                    for (var i = 0; i < probes.Length; i++)
                    {
                        optimizers[i].ZeroGradients();
                        nn.functional.cross_entropy(probes[i].call(tokens), labels).backward();
                        optimizers[i].Step(schedule.LearningRate(step, total, rates[i]));
                    }

                    step++;
                }
            }

            return probes;
        }
        catch
        {
            Array.ForEach(probes, probe => probe.Dispose());
            throw;
        }
        finally
        {
            Array.ForEach(optimizers, optimizer => optimizer.Dispose());
        }
    }

    private AttentionProbeHead Create(int width, int classes)
    {
        manual_seed((long)options.Seed);
        var probe = new AttentionProbeHead(width, heads, classes);
        probe.to(device);
        return probe;
    }
}

using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>A head on frozen features and what trains it. The head outlives it; the optimiser goes with it.</summary>
/// <param name="Head">Features to class scores.</param>
/// <param name="Schedule">Of the learning rate over all steps.</param>
/// <param name="Rate">The peak of it.</param>
/// <param name="ZeroGradients">Of the head's parameters.</param>
/// <param name="Step">Updates them at a rate.</param>
/// <param name="Optimizer">Has what the update needs.</param>
internal sealed record HeadInTraining(
    nn.Module<Tensor, Tensor> Head,
    ScheduleOptions Schedule,
    double Rate,
    Action ZeroGradients,
    Action<double> Step,
    IDisposable Optimizer)
    : IDisposable
{
    /// <summary>A head under one of our optimisers.</summary>
    public static HeadInTraining Of(nn.Module<Tensor, Tensor> head, OptimizerOptions options, ScheduleOptions schedule, double rate)
    {
        var optimizer = options.Create(head.named_parameters());
        return new HeadInTraining(head, schedule, rate, optimizer.ZeroGradients, optimizer.Step, optimizer);
    }

    /// <summary>
    /// Trains candidates over the same batches, so that features are read once, and leaves them in eval mode. They go where training fails.
    /// </summary>
    /// <param name="candidates">Their optimisers go.</param>
    /// <param name="data">Features and classes.</param>
    /// <param name="rows">The training images.</param>
    /// <param name="plan">Epochs, batch, seed.</param>
    /// <param name="device">Of the heads.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public static nn.Module<Tensor, Tensor>[] Train(
        IReadOnlyList<HeadInTraining> candidates,
        ProbeData data,
        IReadOnlyList<int> rows,
        HeadTrainingPlan plan,
        Device device,
        CancellationToken cancellation)
    {
        var total = plan.Steps(rows.Count);
        try
        {
            var step = 0L;
            for (var epoch = 0; epoch < plan.Epochs; epoch++)
            {
                foreach (var chunk in plan.Batches(rows, epoch))
                {
                    cancellation.ThrowIfCancellationRequested();
                    using var scope = NewDisposeScope();
                    var features = data.Train.Take(chunk, device);
                    var labels = data.LabelTensor(chunk, device);
                    foreach (var candidate in candidates)
                    {
                        candidate.ZeroGradients();
                        BackwardPass.Run(nn.functional.cross_entropy(candidate.Head.call(features), labels));
                        candidate.Step(candidate.Schedule.LearningRate(step, total, candidate.Rate));
                    }

                    step++;
                }
            }

            return [.. candidates.Select(candidate =>
            {
                candidate.Head.eval();
                return candidate.Head;
            })];
        }
        catch
        {
            foreach (var candidate in candidates)
            {
                candidate.Head.Dispose();
            }

            throw;
        }
        finally
        {
            foreach (var candidate in candidates)
            {
                candidate.Dispose();
            }
        }
    }

    /// <summary>The figures of the head with the best top-1 on the test part, and its index; all heads go.</summary>
    public static (IReadOnlyDictionary<string, double> Metrics, int Index) BestOnTest(
        nn.Module<Tensor, Tensor>[] heads,
        ProbeData data,
        Device device,
        CancellationToken cancellation)
    {
        try
        {
            return heads.Select((head, index) => (Metrics: data.TestMetrics(head.call, device, cancellation), Index: index))
                .MaxBy(entry => entry.Metrics["acc1"]);
        }
        finally
        {
            Array.ForEach(heads, head => head.Dispose());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Optimizer.Dispose();
}

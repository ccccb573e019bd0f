using PerceptionEncoder.Data;
using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>What a step minimises.</summary>
public interface IObjective
{
    /// <summary>The module that is trained, checkpointed and exported.</summary>
    nn.Module Model { get; }

    /// <summary>
    /// Leaves on the parameters the gradients of the whole batch and returns metrics, <c>loss</c> among them. The objective sees all
    /// micro-batches, because a contrastive loss is not a sum over them. Gradients are zero on entry.
    /// </summary>
    IReadOnlyDictionary<string, double> Accumulate(IReadOnlyList<Batch> microBatches, StepContext context);

    /// <summary>Called after the optimiser's update, without gradients: clamps and averages live here.</summary>
    void AfterUpdate();
}

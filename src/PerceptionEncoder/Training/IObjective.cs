using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>What a step minimises.</summary>
public interface IObjective
{
    /// <summary>The module that is trained, checkpointed and exported.</summary>
    nn.Module Model { get; }

    /// <summary>
    /// Parameters that training needs and the exported model does not, such as a mask token; trained and kept in checkpoints.
    /// </summary>
    IReadOnlyList<(string Name, Parameter Parameter)> TrainingOnly { get; }

    /// <summary>Whether micro-batches are asked for a second time; where not, none is kept for that.</summary>
    bool ReadsTwice => true;

    /// <summary>
    /// Leaves on the parameters the gradients of the whole batch and returns metrics, <c>loss</c> among them. The objective reads all
    /// micro-batches, because a contrastive loss is not a sum over them. Gradients are zero on entry.
    /// </summary>
    IReadOnlyDictionary<string, double> Accumulate(MicroBatches microBatches, StepContext context);

    /// <summary>Called after the optimiser's update, without gradients: clamps and averages live here.</summary>
    void AfterUpdate();
}

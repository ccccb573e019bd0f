using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Optimization;

namespace PerceptionEncoder.Training;

/// <summary>What a stage trains, and what a checkpoint keeps of it.</summary>
/// <param name="Objective">Model and loss.</param>
/// <param name="Optimizer">Moments of what is trained.</param>
/// <param name="Average">Moving average of the model's weights, or null.</param>
internal sealed record Trainee(IObjective Objective, Optimizer Optimizer, WeightAverage? Average) : IDisposable
{
    /// <summary>Steps of the run before the optimiser's moments began: those of a stage with a schedule of its own are new.</summary>
    public long FirstStep { get; init; }

    /// <summary>Text written beside the weights, by name, such as <see cref="ModelArchitecture.MetadataKey"/>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Sums gradients over ranks; null in a world of one.</summary>
    public GradientReduction? Reduction { get; init; }

    /// <summary>Adds files that belong to the model, such as the tokenizer's, to the folder of a checkpoint.</summary>
    public Action<string> SaveBeside { get; init; } = _ => { };

    /// <summary>Frees model, moments and average.</summary>
    public void Dispose()
    {
        Average?.Dispose();
        Optimizer.Dispose();
        Objective.Model.Dispose();
    }
}

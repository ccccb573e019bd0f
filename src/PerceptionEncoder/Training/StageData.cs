using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Training;

/// <summary>Where a stage's batches come from.</summary>
/// <param name="Noise">
/// A micro-batch of random values in the shape of the stage's: what a step costs is measured with it. The caller disposes it.
/// </param>
/// <param name="Open">Batches of the stage's micro-batch size from a position on.</param>
public sealed record StageData(Func<StagePlan, Batch> Noise, Func<StagePlan, DataPosition, BadSamples, DataLoader> Open);

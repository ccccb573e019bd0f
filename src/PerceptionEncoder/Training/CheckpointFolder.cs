using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Training;

/// <summary>
/// One complete checkpoint: <c>step-000500/{model.safetensors, ema.safetensors, optimizer.safetensors, state.json}</c> and what the recipe
/// adds.
/// </summary>
/// <param name="Path">The folder.</param>
/// <param name="Step">Optimiser steps completed.</param>
public sealed record CheckpointFolder(string Path, long Step)
{
    private const string Prefix = "step-";

    /// <summary>Weights by published name.</summary>
    public string Model => System.IO.Path.Combine(Path, WeightsLocation.FileName);

    /// <summary>The moving average of the weights, where the run keeps one.</summary>
    public string Ema => System.IO.Path.Combine(Path, WeightsLocation.AverageName);

    /// <summary>Optimiser moments.</summary>
    public string Optimizer => System.IO.Path.Combine(Path, "optimizer.safetensors");

    /// <summary>The <see cref="TrainingState"/>.</summary>
    public string State => System.IO.Path.Combine(Path, "state.json");

    /// <summary>Folder name of a step.</summary>
    public static string NameOf(long step) => $"{Prefix}{step:D6}";

    /// <summary>Reads a folder name; null where it is not that of a complete checkpoint.</summary>
    public static CheckpointFolder? Parse(string path)
    {
        var name = System.IO.Path.GetFileName(path);
        return name.StartsWith(Prefix, StringComparison.Ordinal) && long.TryParse(name.AsSpan(Prefix.Length), out var step)
            ? new CheckpointFolder(path, step)
            : null;
    }
}

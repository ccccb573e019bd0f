using System.Text.Json;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>
/// The checkpoints of a run: written under a temporary name, flushed, renamed; then <c>latest</c> is replaced; then old ones go.
/// A crash at any moment leaves the previous checkpoint in place and named by <c>latest</c>.
/// </summary>
/// <param name="folder">Where they lie.</param>
/// <param name="options">Which stay.</param>
/// <param name="world">Its writing rank writes; the others only read.</param>
internal sealed class CheckpointStore(string folder, CheckpointOptions options, World? world = null)
{
    private const string TrainingOnly = "training_only/";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    /// <summary>The last complete checkpoint, or null.</summary>
    /// <exception cref="UserErrorException"><c>latest</c> names a folder that is not there.</exception>
    public CheckpointFolder? Latest()
    {
        var path = WeightsLocation.LatestCheckpoint(folder);
        return path is null ? null
            : CheckpointFolder.Parse(path)
                ?? throw new UserErrorException($"{path}: is not named like a checkpoint of a step. "
                    + $"Write the name of a step-... folder into {Path.Combine(folder, "latest")}.");
    }

    /// <summary>
    /// Writes a checkpoint and removes those that need not stay. Of a step that is there already, what was measured since is written.
    /// </summary>
    /// <exception cref="UserErrorException">The disk is full or the folder cannot be written; earlier checkpoints are intact.</exception>
    public CheckpointFolder Save(TrainingState state, Trainee trainee)
    {
        var checkpoint = new CheckpointFolder(Path.Combine(folder, CheckpointFolder.NameOf(state.Step)), state.Step);
        var ranks = world ?? World.Single;
        var isThere = ranks.Gather(ranks.Writes && Latest()?.Step == state.Step)[0];
        using var scope = NewDisposeScope();
        var moments = isThere ? [] : trainee.Optimizer.GatherState();
        if (!IsWriter)
        {
            return checkpoint;
        }

        if (isThere)
        {
            AtomicFile.WriteAllText(checkpoint.State, JsonSerializer.Serialize(state, Json));
        }
        else
        {
            WriteFolder(checkpoint, state, trainee, moments);
            Name("latest", checkpoint);
        }

        NameBest(state);
        Prune(state.BestStep);
        return checkpoint;
    }

    /// <summary>
    /// Lets <c>best</c> name the state's best checkpoint, where that is there: a run that was stopped before it was named makes up for it.
    /// </summary>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public void NameBest(TrainingState state)
    {
        if (IsWriter
            && state.BestStep is { } step
            && new CheckpointFolder(Path.Combine(folder, CheckpointFolder.NameOf(step)), step) is var best
            && Directory.Exists(best.Path))
        {
            Name("best", best);
        }
    }

    /// <summary>Fills everything but the weights from a checkpoint: moments, what training alone needs, and the moving average.</summary>
    /// <exception cref="UserErrorException">A tensor is missing or of another shape.</exception>
    public static void LoadInto(Trainee trainee, CheckpointFolder checkpoint)
    {
        using var moments = SafetensorsFile.Open(checkpoint.Optimizer);
        trainee.Optimizer.LoadState(checkpoint.Step - trainee.FirstStep, moments.ReadInto);
        foreach (var (name, parameter) in trainee.Objective.TrainingOnly)
        {
            moments.ReadInto(TrainingOnly + name, parameter);
        }

        if (trainee.Average is { } average)
        {
            using var means = SafetensorsFile.Open(checkpoint.Ema);
            foreach (var (name, mean) in average.Tensors)
            {
                means.ReadInto(name, mean);
            }
        }
    }

    /// <summary>Reads the state of a checkpoint.</summary>
    /// <exception cref="UserErrorException">The file is missing or damaged.</exception>
    public static TrainingState ReadState(CheckpointFolder checkpoint)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingState>(UserFile.ReadRegular(checkpoint.State, UserText.Limit), Json)
                ?? throw new JsonException("empty");
        }
        catch (Exception failure) when (failure is IOException or JsonException)
        {
            throw new UserErrorException(
                $"{checkpoint.State}: cannot be read ({failure.Message}). "
                + $"Resume from another checkpoint: write its name into {Path.Combine(Path.GetDirectoryName(checkpoint.Path)!, "latest")}.",
                failure);
        }
    }

    private bool IsWriter => (world ?? World.Single).Writes;

    private void Name(string pointer, CheckpointFolder checkpoint)
    {
        var (path, name) = (Path.Combine(folder, pointer), Path.GetFileName(checkpoint.Path) + "\n");
        if (!File.Exists(path) || File.ReadAllText(path) != name)
        {
            AtomicFile.WriteAllText(path, name);
        }
    }

    private static void WriteFolder(
        CheckpointFolder checkpoint,
        TrainingState state,
        Trainee trainee,
        IReadOnlyList<(string Name, Tensor Tensor)> moments)
        => AtomicFolder.Write(checkpoint.Path, temporary =>
        {
            var target = checkpoint with { Path = temporary };

            // While the average is measured, the weights are not in the model.
            SafetensorsWriter.Write(
                target.Model,
                [.. trainee.Average?.Weights ?? trainee.Objective.Model.state_dict().Select(entry => (entry.Key, entry.Value))],
                trainee.Metadata);
            if (trainee.Average is { } average)
            {
                SafetensorsWriter.Write(target.Ema, [.. average.Tensors], trainee.Metadata);
            }

            SafetensorsWriter.Write(target.Optimizer,
            [
                .. moments,
                .. trainee.Objective.TrainingOnly.Select(entry => (TrainingOnly + entry.Name, (Tensor)entry.Parameter)),
            ]);
            File.WriteAllBytes(target.State, JsonSerializer.SerializeToUtf8Bytes(state, Json));
            trainee.SaveBeside(temporary);
        });

    private void Prune(long? best)
    {
        var complete = Directory.GetDirectories(folder)
            .Select(CheckpointFolder.Parse).OfType<CheckpointFolder>()
            .OrderByDescending(checkpoint => checkpoint.Step);
        foreach (var old in complete.Skip(options.Keep)
            .Where(checkpoint => checkpoint.Step != best && (options.KeepEvery is not { } every || checkpoint.Step % every != 0)))
        {
            Directory.Delete(old.Path, recursive: true);
        }
    }
}

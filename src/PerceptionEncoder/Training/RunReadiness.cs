using System.Globalization;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Training;

/// <summary>
/// What a run will read in any of its stages, and where it will write, looked at before a model is built, a device touched or a step
/// measured: what would end the run after hours ends it now, all of it at once.
/// </summary>
public static class RunReadiness
{
    /// <summary>
    /// Keys that a resumed run may change: they decide where it goes, what is shown and kept, and how fast it is, not what is trained.
    /// </summary>
    private static readonly string[] Changeable =
    [
        "run.name", "run.output", "run.log_every", "run.divergence", "checkpoint", "evaluation", "compute", "distributed", "data.workers",
        "data.prefetch", "data.retries", "data.timeout", "data.s3", "data.cache",
    ];

    /// <summary>Everything that prevents a run, one line each; empty where it can begin.</summary>
    /// <param name="config">The run.</param>
    /// <param name="resume">It goes on from the last checkpoint in its folder, where there is one.</param>
    /// <param name="allowChanges">It may go on with another config than it began with.</param>
    public static IReadOnlyList<string> Problems<TConfig>(TConfig config, bool resume, bool allowChanges = false)
        where TConfig : TrainingConfig
    {
        ArgumentNullException.ThrowIfNull(config);
        var problems = new List<string>();
        var folder = Path.GetFullPath(Path.Combine(config.Run.Output, config.Run.Name));
        var checkpoints = Path.Combine(folder, RunFolder.CheckpointsName);
        Look("run.output", () => CheckSpace(config, folder, checkpoints));
        string? last = null;
        Look("run.output", () => last = WeightsLocation.LatestCheckpoint(checkpoints));
        if (last is not null && !resume)
        {
            problems.Add($"{folder}: holds a run with checkpoints (last: {Path.GetFileName(last)}). "
                + "Add --resume to continue it, or choose another run.name.");
        }
        else if (last is not null && !allowChanges)
        {
            Look("run", () => DemandSame(config, folder));
        }

        foreach (var (key, look) in config.Inputs(starts: last is null))
        {
            Look(key, look);
        }

        return problems;

        void Look(string key, Action look)
        {
            try
            {
                look();
            }
            catch (UserErrorException problem)
            {
                problems.Add($"{key}: {problem.Message}");
            }
        }
    }

    /// <summary>Ends with all problems of a run.</summary>
    /// <exception cref="UserErrorException">There are some; its message has a line for each.</exception>
    public static void Demand<TConfig>(TConfig config, bool resume, bool allowChanges = false)
        where TConfig : TrainingConfig
    {
        if (Problems(config, resume, allowChanges) is { Count: > 0 } problems)
        {
            throw new UserErrorException(problems);
        }
    }

    /// <summary>What differs from the config that a run's folder was last trained with; empty where there is none.</summary>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    internal static IReadOnlyList<ConfigDifference> Changes<TConfig>(TConfig config, string folder)
        where TConfig : TrainingConfig
    {
        var written = Path.Combine(folder, RunFolder.ConfigName);
        try
        {
            return File.Exists(written)
                ? [.. ConfigDifference.Between(Written<TConfig>(written), ConfigYaml.Write(config)).Where(change => !LeavesOpen(change))]
                : [];
        }
        catch (Exception failure) when (failure is YamlDotNet.Core.YamlException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{written}: cannot be read ({failure.Message.ReplaceLineEndings(" ")}), so it is not known what the run was trained with. "
                + "Put back the file, or add --allow-changes to go on all the same.",
                failure);
        }
    }

    private static void DemandSame<TConfig>(TConfig config, string folder)
        where TConfig : TrainingConfig
    {
        if (Changes(config, folder).Where(change => !MayChange(change.Key)).ToArray() is { Length: > 0 } changes)
        {
            throw new UserErrorException($"{folder}: was trained with another config: {string.Join("; ", changes.AsEnumerable())}. "
                + "Give the values it began with, choose another run.name, or add --allow-changes to go on all the same.");
        }
    }

    /// <summary>Whether a key is left to what the run was trained with so far.</summary>
    private static bool LeavesOpen(ConfigDifference change) => change is { Key: "precision", Now: "auto" };

    /// <summary>Whether a run may be resumed with another value of a key.</summary>
    internal static bool MayChange(string key)
        => Changeable.Any(free => key == free || (key.StartsWith(free, StringComparison.Ordinal) && key[free.Length] is '.' or '['));

    /// <summary>Fails where a file cannot be made in a folder, or where the folder cannot be made.</summary>
    /// <returns>The nearest folder that is there.</returns>
    /// <exception cref="UserErrorException">The place is a file or cannot be written.</exception>
    internal static string CheckWritable(string folder)
    {
        var existing = folder;
        while (!Directory.Exists(existing))
        {
            existing = File.Exists(existing)
                ? throw new UserErrorException($"{folder}: cannot be a folder: {existing} is a file. Choose another place.")
                : Path.GetDirectoryName(existing)!;
        }

        try
        {
            new FileStream(
                Path.Combine(existing, $"{AtomicFolder.IncompleteMark}{Guid.NewGuid():N}"),
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None,
                1,
                FileOptions.DeleteOnClose).Dispose();
            return existing;
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure))
        {
            throw new UserErrorException($"{folder}: cannot be written ({failure.Message}). Choose a writable place.", failure);
        }
    }

    /// <summary>
    /// The config of a run's folder, completed with the defaults of keys that it is too old to have; as it is where it is not valid any
    /// more.
    /// </summary>
    private static string Written<TConfig>(string path)
        where TConfig : TrainingConfig
    {
        try
        {
            return ConfigLoader.Load<TConfig>(path).ToYaml();
        }
        catch (ConfigException)
        {
            return UserText.Read(path);
        }
    }

    /// <summary>Whether the checkpoints that the run will hold at once fit.</summary>
    private static void CheckSpace(TrainingConfig config, string folder, string checkpoints)
    {
        var existing = CheckWritable(folder);
        var (options, stages) = (config.Checkpoint, StagePlan.Lay(config.StageList));
        var written = (stages[^1].End / options.Every) + stages.Count;
        var held = Math.Min(options.Keep, written) + (written > options.Keep ? 1 : 0);
        var bytes = config.CheckpointBytes();
        var free = new DriveInfo(existing).AvailableFreeSpace
            + (Directory.Exists(checkpoints)
                ? new DirectoryInfo(checkpoints).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length)
                : 0);
        if (held * bytes > free)
        {
            throw new UserErrorException(string.Create(
                CultureInfo.InvariantCulture,
                $"{folder}: needs {held * bytes / 1e9:N1} GB for {held} checkpoints of {bytes / 1e9:N1} GB, "
                + $"and {free / 1e9:N1} GB are free. Free space, lower checkpoint.keep, or choose another run.output."));
        }
    }
}

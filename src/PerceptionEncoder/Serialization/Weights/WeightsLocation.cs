using PerceptionEncoder.Serialization.Remote;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>Finds the weights that a user names: a file, a folder that holds one, or a training run.</summary>
public static class WeightsLocation
{
    /// <summary>Name of the weights in a folder of ours and of Hugging Face.</summary>
    public const string FileName = "model.safetensors";

    /// <summary>Name of the moving average beside them, in a checkpoint of a run that keeps one.</summary>
    public const string AverageName = "ema.safetensors";

    /// <summary>After the name of a run or a checkpoint folder: the weights themselves, not their average.</summary>
    public const string RawSuffix = ":raw";

    private const string Latest = "latest";
    private const string Best = "best";
    private const string Checkpoints = "checkpoints";
    private static readonly string[] Endings = [".safetensors", ".pt", ".pth", ".bin"];

    /// <summary>
    /// The weights file of a path. Of a checkpoint with a moving average that is the average, which evaluations during training measure;
    /// <see cref="RawSuffix"/> asks for the other.
    /// </summary>
    /// <param name="path">
    /// A weights file or index, a folder with exactly one, a run folder (its latest checkpoint), its <c>checkpoints/best</c> or
    /// <c>latest</c>, or an address (<see cref="RemoteAddress"/>), which is fetched.
    /// </param>
    /// <exception cref="UserErrorException">Nothing usable is there, or more than one thing.</exception>
    public static string Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (RemoteAddress.IsRemote(path))
        {
            using var remote = new RemoteFiles(RemoteOptions.FromEnvironment());
            return remote.Fetch(path, report: null, CancellationToken.None);
        }

        var named = path;
        var raw = path.EndsWith(RawSuffix, StringComparison.Ordinal) && !Path.Exists(path);
        path = raw ? path[..^RawSuffix.Length] : path;
        if (File.Exists(path))
        {
            return Path.GetFileName(path) is Latest or Best ? InFolder(Named(path), raw)
                : raw
                    ? throw new UserErrorException(
                        $"{named}: {RawSuffix} goes with a run or a checkpoint folder, and {path} is a file. Leave {RawSuffix} out.")
                : path;
        }

        if (!Directory.Exists(path))
        {
            throw new UserErrorException(
                $"{path}: no such file or folder. Name a run folder, a checkpoint folder, a .safetensors or .pt file, or hf://owner/name.");
        }

        var checkpoints = Path.Combine(path, Checkpoints);
        return Directory.Exists(checkpoints)
            ? InFolder(
                LatestCheckpoint(checkpoints)
                    ?? throw new UserErrorException(
                        $"{path}: the run has no complete checkpoint yet. Wait for the first one, or name another run."),
                raw)
            : InFolder(path, raw);
    }

    /// <summary>
    /// Which weights of a checkpoint a file holds: <c>average</c>, or <c>raw</c> where there is an average beside it; null where there is
    /// only one kind.
    /// </summary>
    /// <param name="file">As <see cref="Find"/> gives it.</param>
    public static string? KindOf(string file)
    {
        var beside = Path.GetDirectoryName(Path.GetFullPath(file))!;
        return !HasAverage(beside) ? null : Path.GetFileName(file) switch
        {
            AverageName => "average",
            FileName => "raw",
            _ => null,
        };
    }

    /// <summary>The folder that <c>latest</c> names among a run's checkpoints; null before the first.</summary>
    /// <exception cref="UserErrorException">It names a folder that is not there.</exception>
    public static string? LatestCheckpoint(string checkpoints)
    {
        var pointer = Path.Combine(checkpoints, Latest);
        return File.Exists(pointer) ? Named(pointer) : null;
    }

    /// <summary>The checkpoint folder beside it that <c>latest</c> or <c>best</c> names.</summary>
    private static string Named(string pointer)
    {
        var name = UserText.Read(pointer).Trim();
        var folder = Path.Combine(Path.GetDirectoryName(pointer)!, name);
        return name.Length > 0 && Path.GetFileName(name) == name && Directory.Exists(folder)
            ? folder
            : throw new UserErrorException($"{pointer}: names {name}, which is not a checkpoint in that folder. "
                + "Write the name of an existing step-... folder into it.");
    }

    private static bool HasAverage(string folder)
        => File.Exists(Path.Combine(folder, AverageName)) && File.Exists(Path.Combine(folder, FileName));

    private static string InFolder(string folder, bool raw)
    {
        if (!raw && HasAverage(folder))
        {
            return Path.Combine(folder, AverageName);
        }

        foreach (var name in new[] { FileName, FileName + ShardedTensorFile.IndexSuffix })
        {
            if (File.Exists(Path.Combine(folder, name)))
            {
                return Path.Combine(folder, name);
            }
        }

        var candidates = Directory.GetFiles(folder)
            .Where(file => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal).ToArray();
        return candidates.Length switch
        {
            1 => candidates[0],
            0 => throw new UserErrorException($"{folder}: no weights in it. Name a folder with {FileName}, or a .safetensors or .pt file."),
            _ => throw new UserErrorException($"{folder}: holds several weights files "
                + $"({string.Join(", ", candidates.Take(5).Select(Path.GetFileName))}{(candidates.Length > 5 ? ", ..." : "")}). "
                + "Name one of them."),
        };
    }

    /// <summary>Which weights of a checkpoint these are, as an addition to their path; empty where there is nothing to say.</summary>
    internal static string KindInBrackets(string weights) => KindOf(weights) is { } kind ? $" ({kind} weights)" : "";
}

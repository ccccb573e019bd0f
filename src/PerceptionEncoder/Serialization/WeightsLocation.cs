using PerceptionEncoder.Serialization.Remote;

namespace PerceptionEncoder.Serialization;

/// <summary>Finds the weights that a user names: a file, a folder that holds one, or a training run.</summary>
public static class WeightsLocation
{
    /// <summary>Name of the weights in a folder of ours and of Hugging Face.</summary>
    public const string FileName = "model.safetensors";

    private const string Latest = "latest";
    private const string Best = "best";
    private const string Checkpoints = "checkpoints";
    private static readonly string[] Endings = [".safetensors", ".pt", ".pth", ".bin"];

    /// <summary>The weights file of a path.</summary>
    /// <param name="path">A weights file or index, a folder with exactly one, a run folder (its latest checkpoint), its <c>checkpoints/best</c> or <c>latest</c>, or an address (<see cref="RemoteAddress"/>), which is fetched.</param>
    /// <exception cref="UserErrorException">Nothing usable is there, or more than one thing.</exception>
    public static string Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (RemoteAddress.IsRemote(path))
        {
            using var remote = new RemoteFiles(RemoteOptions.FromEnvironment());
            return remote.Fetch(path, report: null, CancellationToken.None);
        }

        if (File.Exists(path))
        {
            return Path.GetFileName(path) is Latest or Best ? InFolder(Named(path)) : path;
        }

        if (!Directory.Exists(path))
        {
            throw new UserErrorException($"{path}: no such file or folder. Name a run folder, a checkpoint folder, a .safetensors or .pt file, or hf://owner/name.");
        }

        var checkpoints = Path.Combine(path, Checkpoints);
        return Directory.Exists(checkpoints)
            ? InFolder(LatestCheckpoint(checkpoints) ?? throw new UserErrorException($"{path}: the run has no complete checkpoint yet. Wait for the first one, or name another run."))
            : InFolder(path);
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
        var name = File.ReadAllText(pointer).Trim();
        var folder = Path.Combine(Path.GetDirectoryName(pointer)!, name);
        return name.Length > 0 && Path.GetFileName(name) == name && Directory.Exists(folder)
            ? folder
            : throw new UserErrorException($"{pointer}: names {name}, which is not a checkpoint in that folder. Write the name of an existing step-... folder into it.");
    }

    private static string InFolder(string folder)
    {
        foreach (var name in new[] { FileName, FileName + ShardedTensorFile.IndexSuffix })
        {
            if (File.Exists(Path.Combine(folder, name)))
            {
                return Path.Combine(folder, name);
            }
        }

        var candidates = Directory.GetFiles(folder).Where(file => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).ToArray();
        return candidates.Length switch
        {
            1 => candidates[0],
            0 => throw new UserErrorException($"{folder}: no weights in it. Name a folder with {FileName}, or a .safetensors or .pt file."),
            _ => throw new UserErrorException($"{folder}: holds several weights files ({string.Join(", ", candidates.Take(5).Select(Path.GetFileName))}{(candidates.Length > 5 ? ", ..." : "")}). Name one of them."),
        };
    }
}

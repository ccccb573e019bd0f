using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Remote;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Finds the folders of the sets that a user names.</summary>
public static class EvaluationSetLocator
{
    /// <summary>Environment variable that names the folder of all sets.</summary>
    public const string Variable = "PE_EVAL";

    /// <summary>The sets behind some names, <c>robustness</c> replaced by its six.</summary>
    public static IReadOnlyList<string> Expand(IReadOnlyList<string> names)
        => [.. names.SelectMany(name => name == NamedSet.Robustness ? NamedSet.All.Select(set => set.Name) : [name])
            .Distinct(StringComparer.Ordinal)];

    /// <summary>Whether the mean of the robustness sets was asked for.</summary>
    public static bool AsksForMean(IReadOnlyList<string> names) => names.Contains(NamedSet.Robustness);

    /// <summary>The folder of one set.</summary>
    /// <param name="name">A name such as <c>imagenet-a</c>, a folder below <paramref name="data"/>, or a path.</param>
    /// <param name="data">Folder of all sets, or, where one set is asked for, its own; null for <see cref="Variable"/>.</param>
    /// <param name="split">Folder of the shards inside a set.</param>
    /// <param name="alone">Whether it is the only set asked for.</param>
    /// <returns>Name for results, and folder.</returns>
    /// <exception cref="UserErrorException">It is nowhere.</exception>
    public static (string Name, string Folder) Locate(string name, string? data, string split, bool alone)
    {
        var root = data ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } all ? all : null);
        var named = NamedSet.Find(name);
        if (Directory.Exists(name) && (root is null || name.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)))
        {
            return (Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(name))), name);
        }

        ShardAddress.Refuse(root ?? name, "a set is evaluated in a folder of this machine");
        if (root is null)
        {
            throw new UserErrorException(
                $"{name}: no such folder. Give the folder of a set, or the folder that holds it with --data or {Variable}.");
        }

        if (!Directory.Exists(root))
        {
            throw new UserErrorException($"{root}: no such folder. Give the folder of the set, or the one that holds all sets.");
        }

        if (alone && ClipBenchmarkFolder.IsAt(root, split))
        {
            return (name, root);
        }

        var folder = (named?.Folders ?? [name]).Select(folder => Path.Combine(root, folder)).FirstOrDefault(Directory.Exists);
        return folder is not null ? (name, folder)
            : alone && data is not null ? (name, root)
            : throw new UserErrorException($"{root}: holds no folder {string.Join(" or ", named?.Folders ?? [name])}. "
                + $"Put the set {name} there, or name another folder.");
    }
}

using System.Text.RegularExpressions;
using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>The WordNet ids of ImageNet's classes in the order of their labels, from files that lie beside the sets.</summary>
internal static partial class WordNetIds
{
    /// <summary>A plain list, and the lists that come with ImageNet; the id is the first word of a line.</summary>
    private static readonly string[] Lists = ["wnids.txt", "LOC_synset_mapping.txt", "synset_words.txt"];

    /// <summary>Where it looks, for messages.</summary>
    public static string Places
        => $"{string.Join(" or ", Lists)} in the set's folder, the folder above it or the prompts' folder, "
            + "or ImageNet's own class folders beside the set";

    /// <summary>Whether a folder is named by a WordNet id.</summary>
    public static bool IsId(string name) => Id().IsMatch(name);

    /// <summary>
    /// All ids in ordinal order, which is the order of the labels; null where there is neither a list nor ImageNet itself.
    /// </summary>
    /// <exception cref="UserErrorException">A list has a line without an id.</exception>
    public static IReadOnlyList<string>? Find(EvaluationSetOptions set)
    {
        var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(set.Data))) ?? "/";
        string?[] folders = [set.Data, above, set.Prompts, PromptFiles.Default];
        var list = folders.OfType<string>().SelectMany(folder => Lists.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        return list is not null
            ? ReadList(list)
            : NamedSet.ImageNet.Folders.SelectMany(name => new[] { Path.Combine(above, name, "val"), Path.Combine(above, name) })
                .Select(Folders)
                .FirstOrDefault(ids => ids is not null);
    }

    private static string[] ReadList(string path)
    {
        string[] ids = [.. ClipBenchmarkFolder.ReadLines(path).Select(line => line.Split(' ', '\t')[0])];
        return Array.Find(ids, id => !IsId(id)) is { } bad
            ? throw new UserErrorException($"{path}: '{bad}' is no WordNet id such as n01440764. Each line begins with one.")
            : [.. ids.Order(StringComparer.Ordinal)];
    }

    private static IReadOnlyList<string>? Folders(string root)
        => Directory.Exists(root)
            && Directory.EnumerateDirectories(root).Any()
            && ImageFolder.Open(root).Classes is var classes
            && classes.All(IsId)
            ? classes
            : null;

    [GeneratedRegex("^n[0-9]{8}$")]
    private static partial Regex Id();
}

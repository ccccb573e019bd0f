using System.Globalization;
using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>The index of each class.</summary>
internal sealed class ClassList
{
    private readonly Dictionary<string, int> indices = new(StringComparer.Ordinal);

    private ClassList(IReadOnlyList<string>? names, IEnumerable<(string Label, int Index)> labels, string origin)
    {
        (Names, Origin) = (names, origin);
        foreach (var (label, index) in labels)
        {
            indices.TryAdd(label, index);
        }
    }

    /// <summary>Names by index; null where labels are numbers that nobody has named.</summary>
    public IReadOnlyList<string>? Names { get; }

    /// <summary>Where the order is from, in words.</summary>
    public string Origin { get; }

    /// <summary>The classes of a set.</summary>
    /// <param name="labels">All that occur, without blank ones.</param>
    /// <param name="file">A list of names; null where there is none.</param>
    /// <param name="areFolders">Whether the labels are folders, which a list may name in their order.</param>
    /// <exception cref="UserErrorException">The list cannot be read.</exception>
    public static ClassList Of(IReadOnlyCollection<string> labels, string? file, bool areFolders)
    {
        string[] sorted = [.. labels.Order(StringComparer.Ordinal)];
        if (file is null)
        {
            return sorted.All(IsIndex)
                ? new ClassList(null, sorted.Select(label => (label, IndexOf(label))), "labels are numbers and stay as they are")
                : new ClassList(sorted, sorted.Index().Select(each => (each.Item, each.Index)), "labels in ordinal order");
        }

        var names = ClipBenchmarkFolder.ReadNames(file);
        var byName = names.Index().Where(name => name.Item.Length > 0).Select(name => (name.Item, name.Index));
        var areNamed = sorted.All(label => Array.IndexOf(names, label) >= 0);
        if (!areNamed && areFolders && names.Length == sorted.Length)
        {
            return new ClassList(names, sorted.Index().Select(each => (each.Item, each.Index)), $"{file}, a name for each folder");
        }

        var byNumber = sorted.Where(label => IsIndex(label) && IndexOf(label) < names.Length).Select(label => (label, IndexOf(label)));
        return new ClassList(names, byName.Concat(byNumber), file);
    }

    /// <summary>The index of a label; null where it is no class.</summary>
    public int? Find(string label) => indices.TryGetValue(label, out var index) ? index : null;

    private static bool IsIndex(string label) => label.Length is > 0 and < 9 && label.All(char.IsAsciiDigit);

    private static int IndexOf(string label) => int.Parse(label, CultureInfo.InvariantCulture);
}

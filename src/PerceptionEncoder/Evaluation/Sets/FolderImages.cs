using System.Globalization;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Labelled images in a folder for each class.</summary>
/// <param name="set">Where they are.</param>
/// <param name="images">The folders.</param>
/// <param name="classes">Folder of each label; not all need be there, and folders that are not named are passed over.</param>
internal sealed class FolderImages(EvaluationSetOptions set, ImageFolder images, IReadOnlyList<string> classes) : LabelledImages(set)
{
    /// <summary>Folder of each label.</summary>
    public IReadOnlyList<string> Classes => classes;

    /// <inheritdoc/>
    public override IReadOnlyList<string> OwnNames => classes;

    /// <summary>The folders that are no classes, in one line; null where there are none.</summary>
    public string? FolderNote => images.Note;

    /// <summary>ObjectNet's own files, where the set is that.</summary>
    public ObjectNetArchive? ObjectNet { get; private init; }

    /// <inheritdoc/>
    protected override int Border => ObjectNet is null ? 0 : NamedSet.ObjectNetBorder;

    /// <summary>
    /// Finds the folders of the classes in a set's folder, its split, or the one folder inside; null where there are none.
    /// </summary>
    /// <exception cref="UserErrorException">A folder or a mapping file cannot be read.</exception>
    public static FolderImages? Find(EvaluationSetOptions set)
    {
        if (ObjectNetArchive.Find(set.Data, allClasses: set.Name == NamedSet.WholeObjectNet.Name) is { } archive)
        {
            return new FolderImages(set, archive.Images, archive.Folders) { ObjectNet = archive };
        }

        string[] places = [Path.Combine(set.Data, set.Split), Path.Combine(set.Data, "val"), set.Data];
        var root = places.First(Directory.Exists);
        while (ClassFolders.In(root, MediaFiles.IsImage).Names is [var only]
            && Directory.EnumerateDirectories(Path.Combine(root, only)).Any())
        {
            root = Path.Combine(root, only);
        }

        if (!Directory.EnumerateDirectories(root).Any())
        {
            return null;
        }

        var images = ImageFolder.Open(root);
        return new FolderImages(set, images, Labels(set, images.Classes));
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Notes()
    {
        if (ObjectNet is null)
        {
            yield return $"{images.Root} has a folder for each of {images.Classes.Count} classes";
        }

        if (FolderNote is { } folders)
        {
            yield return folders;
        }

        if (MediaFiles.Count(classes.Intersect(images.Classes).SelectMany(images.Others)) is { Length: > 0 } files)
        {
            yield return $"passed over files that are no images: {files}";
        }
    }

    /// <inheritdoc/>
    protected override SetItems<int> Items(string member, Func<Sample, int> label)
    {
        var there = images.Classes.ToHashSet(StringComparer.Ordinal);
        (string Path, int Label)[] files = [.. classes.SelectMany(
            (name, label) => there.Contains(name) ? images.Images(name).Select(path => (path, label)) : [])];
        return new FileItems<int>(
            Array.ConvertAll(
                files,
                file => SetItem<int>.OfFile(images.Root, Path.GetRelativePath(images.Root, file.Path), () => file.Path, () => file.Label)),
            files.Select(file => file.Path));
    }

    /// <summary>
    /// Numbers are labels; WordNet ids have their place among ImageNet's, unless only those that are there compete; other names count in
    /// order.
    /// </summary>
    private static IReadOnlyList<string> Labels(EvaluationSetOptions set, IReadOnlyList<string> folders)
        => folders.All(ImageFolder.IsNumber) ? Numbered(folders)
            : NamedSet.Find(set.Name) is { IsSubset: false } && WordNetIds.Find(set) is { } ids && folders.All(ids.Contains) ? ids
            : folders;

    /// <summary>The folder of each number; numbers may have leading zeros, and some may have no folder.</summary>
    private static string[] Numbered(IReadOnlyList<string> folders)
    {
        var there = folders.ToDictionary(name => int.Parse(name, CultureInfo.InvariantCulture));
        return [.. Enumerable.Range(0, there.Keys.Max() + 1).Select(label => there.GetValueOrDefault(label, $"{label}"))];
    }
}

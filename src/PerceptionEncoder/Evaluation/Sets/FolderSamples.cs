using System.Globalization;
using System.Text;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Samples of a set with a folder for each class. The label is the member <c>cls</c>, as a shard would hold it.</summary>
/// <param name="images">The folders.</param>
/// <param name="classes">Folder of each label; not all need be there, and folders that are not named are passed over.</param>
internal sealed class FolderSamples(ImageFolder images, IReadOnlyList<string> classes) : SampleSource
{
    /// <summary>Name of the member with the label.</summary>
    private const string LabelMember = "cls";

    /// <summary>Folder of each label.</summary>
    public IReadOnlyList<string> Classes => classes;

    /// <summary>The folders that are no classes, in one line; null where there are none.</summary>
    public string? FolderNote => images.Note;

    /// <summary>ObjectNet's own files, where the set is that.</summary>
    public ObjectNetArchive? ObjectNet { get; private init; }

    /// <inheritdoc/>
    public override int Border => ObjectNet is null ? 0 : NamedSet.ObjectNetBorder;

    /// <summary>Finds the folders of the classes in a set's folder, its split, or the one folder inside; null where there are none.</summary>
    /// <exception cref="UserErrorException">A folder or a mapping file cannot be read.</exception>
    public static FolderSamples? Find(EvaluationSetOptions set)
    {
        if (ObjectNetArchive.Find(set.Data, allClasses: set.Name == NamedSet.WholeObjectNet.Name) is { } archive)
        {
            return new FolderSamples(archive.Images, archive.Folders) { ObjectNet = archive };
        }

        string[] places = [Path.Combine(set.Data, set.Split), Path.Combine(set.Data, "val"), set.Data];
        var root = places.First(Directory.Exists);
        while (ClassFolders.In(root, MediaFiles.IsImage).Names is [var only] && Directory.EnumerateDirectories(Path.Combine(root, only)).Any())
        {
            root = Path.Combine(root, only);
        }

        if (!Directory.EnumerateDirectories(root).Any())
        {
            return null;
        }

        var images = ImageFolder.Open(root);
        return new FolderSamples(images, Labels(set, images.Classes));
    }

    /// <inheritdoc/>
    public override IEnumerable<StoredSample> Read(BadSamples faults, IReadOnlySet<string> wanted, long skip)
    {
        foreach (var (path, label) in Items())
        {
            if (skip-- > 0)
            {
                continue;
            }

            var key = Path.GetRelativePath(images.Root, path);
            yield return new StoredSample(images.Root, key, () => new Sample(key, images.Root, new Dictionary<string, ReadOnlyMemory<byte>>
            {
                [Path.GetExtension(path).TrimStart('.').ToLowerInvariant()] = MediaItem.OfFile(path).ReadBytes(),
                [LabelMember] = Encoding.ASCII.GetBytes(label.ToString(CultureInfo.InvariantCulture)),
            }));
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Notes()
    {
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
    public override long Count() => Items().LongCount();

    /// <inheritdoc/>
    protected override IEnumerable<string> Files() => Items().Select(item => item.Path);

    /// <summary>Numbers are labels; WordNet ids have their place among ImageNet's, unless only those that are there compete; other names count in order.</summary>
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

    private IEnumerable<(string Path, int Label)> Items()
    {
        var there = images.Classes.ToHashSet(StringComparer.Ordinal);
        return classes.SelectMany((name, label) => there.Contains(name) ? images.Images(name).Select(path => (path, label)) : []);
    }
}

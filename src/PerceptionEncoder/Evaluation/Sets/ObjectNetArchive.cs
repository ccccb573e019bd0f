using System.Text.Json;
using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>
/// ObjectNet as published: a folder of pictures for each of its classes, and files that map those which overlap with ImageNet's.
/// </summary>
/// <remarks>
/// Class names, their order and the restriction to the overlapping classes are those of CLIP-benchmark and of WiSE-FT; so is the ImageNet
/// view, in which a picture's class is right when any of the ImageNet classes mapped to it wins among all mapped ones. With all classes
/// there is no ImageNet view.
/// </remarks>
internal sealed class ObjectNetArchive
{
    private const string FoldersFile = "folder_to_objectnet_label.json";
    private const string OverlapFile = "objectnet_to_imagenet_1k.json";
    private const string ImageNetLabels = "imagenet_to_label_2012_v2";
    private const string ImageNetOrder = "pytorch_to_imagenet_2012_id.json";

    private readonly string mappings;
    private readonly IReadOnlyList<string> imageNetLabels;

    private ObjectNetArchive(string mappings, ImageFolder images, bool allClasses)
    {
        this.mappings = mappings;
        Images = images;
        HasImageNetView = !allClasses;
        var overlap = allClasses ? [] : Read<string>(OverlapFile);
        var asked = Read<string>(FoldersFile)
            .Where(pair => allClasses || overlap.ContainsKey(pair.Value))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal).ToArray();
        Folders = Array.ConvertAll(asked, pair => pair.Key);
        Names = Array.ConvertAll(asked, pair => pair.Value.ToLowerInvariant());
        imageNetLabels = allClasses ? [] : Array.ConvertAll(asked, pair => overlap[pair.Value]);
    }

    /// <summary>Whether the classes have counterparts in ImageNet.</summary>
    public bool HasImageNetView { get; }

    /// <summary>Pictures of all classes, those without counterpart too.</summary>
    public ImageFolder Images { get; }

    /// <summary>Folders of the classes that overlap with ImageNet's, 113 of 313, or of all, in ordinal order.</summary>
    public IReadOnlyList<string> Folders { get; }

    /// <summary>ObjectNet's own names of these classes, in lower case.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Opens the archive in a folder, or in <c>objectnet-1.0</c> inside; null where the folder has no mapping files.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="allClasses">Ask for all classes, not only for those that overlap with ImageNet's.</param>
    /// <exception cref="UserErrorException">A mapping file is damaged, or the pictures are missing.</exception>
    public static ObjectNetArchive? Find(string root, bool allClasses)
    {
        string[] roots = [root, Path.Combine(root, "objectnet-1.0")];
        var mappings = roots.SelectMany(folder => new[] { folder, Path.Combine(folder, "mappings") })
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, FoldersFile)));
        return mappings is null ? null : new ObjectNetArchive(mappings, ImageFolder.Open(
            roots.Select(folder => Path.Combine(folder, "images")).FirstOrDefault(Directory.Exists)
                ?? throw new UserErrorException($"{root}: has ObjectNet's mapping files but no folder images. Unpack the whole archive.")),
            allClasses);
    }

    /// <summary>The ImageNet labels of each class; null where the files that number ImageNet's classes are not there.</summary>
    /// <exception cref="UserErrorException">A file is damaged or names a class that another does not know.</exception>
    public IReadOnlyList<int[]>? ImageNetClasses()
    {
        var labels = Path.Combine(mappings, ImageNetLabels);
        if (!File.Exists(labels) || !File.Exists(Path.Combine(mappings, ImageNetOrder)))
        {
            return null;
        }

        var lines = ClipBenchmarkFolder.ReadLines(labels);
        var order = Read<int>(ImageNetOrder);
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (number, line) in order)
        {
            var name = line >= 0 && line < lines.Length
                ? lines[line]
                : throw Damaged(ImageNetOrder, $"line {line} of {ImageNetLabels} does not exist");
            numbers[name] = int.TryParse(number, out var label) ? label : throw Damaged(ImageNetOrder, $"'{number}' is no number");
        }

        return [.. imageNetLabels.Select(names => Array.ConvertAll(
            names.Split("; "),
            name => numbers.TryGetValue(name.Trim(), out var label)
                ? label
                : throw Damaged(OverlapFile, $"'{name}' is no line of {ImageNetLabels}")))];
    }

    private Dictionary<string, T> Read<T>(string name)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, T>>(UserText.Read(Path.Combine(mappings, name)))!;
        }
        catch (Exception failure) when (failure is JsonException or UserErrorException)
        {
            throw Damaged(name, failure.Message.ReplaceLineEndings(" "));
        }
    }

    private UserErrorException Damaged(string name, string why)
        => new($"{Path.Combine(mappings, name)}: is not ObjectNet's mapping ({why}). Take the file from the published archive.");
}

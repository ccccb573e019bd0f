using System.Globalization;
using PerceptionEncoder.Data.Remote;

namespace PerceptionEncoder.Data.Items;

/// <summary>
/// An evaluation set in the layout of CLIP-benchmark's webdataset builder: <c>SPLIT/nshards.txt</c>, <c>SPLIT/N.tar</c> (or with five
/// digits), and for classification <c>classnames.txt</c> and <c>zeroshot_classification_templates.txt</c>; <c>dataset_type.txt</c> says
/// <c>retrieval</c> where it is that.
/// </summary>
public sealed class ClipBenchmarkFolder
{
    /// <summary>Stands for the class name in a template.</summary>
    public const string ClassPlaceholder = "{c}";

    /// <summary>The prompt of a set that has none of its own.</summary>
    internal const string PlainTemplate = $"a photo of a {ClassPlaceholder}.";

    /// <summary>Class names, one a line.</summary>
    internal const string ClassNamesFile = "classnames.txt";

    /// <summary>Prompt templates, one a line.</summary>
    internal const string TemplatesFile = "zeroshot_classification_templates.txt";

    /// <summary>What the set is for.</summary>
    internal const string TypeFile = "dataset_type.txt";

    /// <summary>Number of shards of a split.</summary>
    internal const string ShardCountFile = "nshards.txt";

    private ClipBenchmarkFolder(string root, IReadOnlyList<string> shards, string datasetType)
    {
        Root = root;
        Shards = shards;
        DatasetType = datasetType;
    }

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>The split's tars, in order.</summary>
    public IReadOnlyList<string> Shards { get; }

    /// <summary><c>classification</c> unless the folder says otherwise.</summary>
    public string DatasetType { get; }

    /// <summary>Opens one split and checks that its shards are there.</summary>
    /// <exception cref="UserErrorException">The folder, the split, its shard count or a shard is missing.</exception>
    public static ClipBenchmarkFolder Open(string root, string split = "test")
    {
        ShardAddress.Refuse(root, "a set with lists beside its shards is read from a folder of this machine");
        if (!Directory.Exists(root))
        {
            throw new UserErrorException($"data set {root}: there is no such folder; give one that holds {split}/{ShardCountFile}.");
        }

        return new ClipBenchmarkFolder(root, FindShards(root, split), TypeOf(root));
    }

    /// <summary>
    /// Class names; the line number is the class index, from 0. A blank line is a class without a name and keeps its index, as in
    /// CLIP-benchmark.
    /// </summary>
    /// <exception cref="UserErrorException">The file is missing or has no name.</exception>
    public IReadOnlyList<string> ReadClassNames() => ReadNames(Path.Combine(Root, ClassNamesFile));

    /// <summary>Prompt templates, each with <see cref="ClassPlaceholder"/>.</summary>
    /// <exception cref="UserErrorException">The file is missing, empty, has a blank line, or a template without placeholder.</exception>
    public IReadOnlyList<string> ReadTemplates()
    {
        var path = Path.Combine(Root, TemplatesFile);
        return CheckTemplates(ReadLines(path), path);
    }

    /// <summary>What a set is for: <c>classification</c> unless the folder says otherwise.</summary>
    internal static string TypeOf(string root)
        => Path.Combine(root, TypeFile) is var type && File.Exists(type) ? UserText.Read(type).Trim() : "classification";

    /// <summary>Whether a folder is a set of this layout.</summary>
    internal static bool IsAt(string root, string split) => File.Exists(Path.Combine(root, split, ShardCountFile));

    /// <summary>Names of classes, one a line, blank ones kept.</summary>
    /// <exception cref="UserErrorException">The file is missing or has no name.</exception>
    internal static string[] ReadNames(string path)
    {
        RequireFile(path);
        var text = UserText.Read(path);
        string[] names = [.. (text.EndsWith('\n') ? text[..^1] : text).Split('\n').Select(line => line.Trim())];
        return Array.Exists(names, name => name.Length > 0)
            ? names
            : throw new UserErrorException($"{path}: holds no class name; write one a line.");
    }

    /// <summary>The entries of a file, one a line.</summary>
    /// <exception cref="UserErrorException">The file is missing, no text, empty, or has a blank line.</exception>
    internal static string[] ReadLines(string path)
    {
        RequireFile(path);
        string[] lines = [.. UserText.Read(path).TrimEnd().Split('\n').Select(line => line.Trim())];
        var blank = Array.FindIndex(lines, line => line.Length == 0);
        return blank < 0 ? lines : throw new UserErrorException($"{path}: line {blank + 1} is blank; every line is one entry.");
    }

    /// <returns>The templates themselves.</returns>
    /// <exception cref="UserErrorException">One has no <see cref="ClassPlaceholder"/>.</exception>
    internal static IReadOnlyList<string> CheckTemplates(IReadOnlyList<string> templates, string path)
    {
        var bad = templates.FirstOrDefault(template => !template.Contains(ClassPlaceholder, StringComparison.Ordinal));
        return bad is null
            ? templates
            : throw new UserErrorException($"{path}: the template '{bad}' has no {ClassPlaceholder} for the class name; add it.");
    }

    private static void RequireFile(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserErrorException($"{path} does not exist; zero-shot classification needs it, one entry a line.");
        }
    }

    private static string[] FindShards(string root, string split)
    {
        var folder = Path.Combine(root, split);
        var countFile = Path.Combine(folder, ShardCountFile);
        if (!File.Exists(countFile))
        {
            throw new UserErrorException($"{countFile} does not exist; it holds the number of shards of the split '{split}'.");
        }

        var text = UserText.Read(countFile).Trim();
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0)
        {
            throw new UserErrorException($"{countFile}: '{text}' is no number of shards; write one above 0.");
        }

        // Named as CLIP-benchmark does, or with the five digits of img2dataset and of our own packing.
        var digits = !File.Exists(Path.Combine(folder, "0.tar")) && File.Exists(Path.Combine(folder, "00000.tar")) ? "D5" : "D";
        string[] shards = [.. Enumerable.Range(0, count)
            .Select(i => Path.Combine(folder, $"{i.ToString(digits, CultureInfo.InvariantCulture)}.tar"))];
        var missing = shards.FirstOrDefault(shard => !File.Exists(shard));
        return missing is null
            ? shards
            : throw new UserErrorException(
                $"{missing} does not exist, though {countFile} says {count}; copy the missing shards or correct the number.");
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Evaluation.Video;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.ZeroShot;

/// <summary>
/// A set of clips with classes, told apart by what is there: CLIP-benchmark's shards with clips in the place of images (<c>SPLIT/nshards.txt</c>), files with a published list, or a
/// folder of clips for each class (in <c>SPLIT</c>, where that is there). Prompts are those of the set's own <c>zeroshot_classification_templates.txt</c>.
/// </summary>
internal sealed partial class VideoClassificationSet
{
    private const string LabelMember = "cls";
    private const string NamesFile = "classnames.txt";
    private const string TemplatesFile = "zeroshot_classification_templates.txt";
    private readonly Func<BadSamples, IEnumerable<VideoClip<int>>> clips;

    private VideoClassificationSet(string root, IReadOnlyList<string> names, Func<BadSamples, IEnumerable<VideoClip<int>>> clips)
    {
        ClassNames = names;
        this.clips = clips;
        Templates = Lines(root, TemplatesFile) ?? throw new UserErrorException($"{Path.Combine(root, TemplatesFile)} does not exist; zero-shot classification needs prompts, one a line, with {ClipBenchmarkFolder.ClassPlaceholder} for the class name.");
        if (Templates.FirstOrDefault(template => !template.Contains(ClipBenchmarkFolder.ClassPlaceholder, StringComparison.Ordinal)) is { } bad)
        {
            throw new UserErrorException($"{Path.Combine(root, TemplatesFile)}: the template '{bad}' has no {ClipBenchmarkFolder.ClassPlaceholder} for the class name; add it.");
        }
    }

    /// <summary>Names as prompts take them.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Prompts with a place for the name.</summary>
    public IReadOnlyList<string> Templates { get; }

    /// <summary>The clips with the indices of their classes, in a fixed order.</summary>
    /// <param name="faults">Takes what is wrong with shards as such.</param>
    public IEnumerable<VideoClip<int>> Clips(BadSamples faults) => clips(faults);

    /// <summary>Finds out how a set is laid out.</summary>
    /// <exception cref="UserErrorException">It is not there, or something of it is missing.</exception>
    public static VideoClassificationSet Open(EvaluationSetOptions set)
    {
        if (!Directory.Exists(set.Data))
        {
            throw new UserErrorException($"data set {set.Data}: there is no such folder.");
        }

        return set.List is { } list ? OfList(set.Data, VideoLists.Labels(list, set.Split))
            : File.Exists(Path.Combine(set.Data, set.Split, "nshards.txt")) ? OfShards(set)
            : OfFolders(set.Data, Directory.Exists(Path.Combine(set.Data, set.Split)) ? Path.Combine(set.Data, set.Split) : set.Data);
    }

    private static VideoClassificationSet OfShards(EvaluationSetOptions set)
    {
        var folder = ClipBenchmarkFolder.Open(set.Data, set.Split);
        var names = folder.ReadClassNames();
        return new VideoClassificationSet(
            set.Data,
            names,
            faults => SampleReader.ReadShards(folder.Shards, faults, VideoShards.Members(LabelMember)).Select(sample => VideoClip<int>.OfSample(sample, () => Label(sample, names.Count))));
    }

    private static VideoClassificationSet OfFolders(string root, string folder)
    {
        var folders = ClassFolders.In(folder, MediaFiles.IsVideo);
        string[] classes = [.. folders.Names.Order(StringComparer.Ordinal)];
        if (classes.Length == 0)
        {
            throw new UserErrorException($"{folder}: holds neither nshards.txt nor a folder of clips for each class{(folders.Note is { } note ? $"; {note}" : "")}. Check the path, or name the set's list with --list.");
        }

        return new VideoClassificationSet(
            root,
            Names(root, classes, out var indices),
            faults => Clips(folder, folders, faults).SelectMany(found => found.Paths.Select(path => VideoClip<int>.OfFile(path, () => indices[found.Class]))));
    }

    /// <summary>The clips of each class; at the end a word about what was passed over.</summary>
    private static IEnumerable<(string Class, IReadOnlyList<string> Paths)> Clips(string root, ClassFolders folders, BadSamples faults)
    {
        var others = new List<string>();
        foreach (var name in folders.Names.Order(StringComparer.Ordinal))
        {
            var files = new VideoFiles(Path.Combine(root, name));
            others.AddRange(files.Others);
            yield return (name, files.Paths);
        }

        if (others.Count > 0 || folders.Note is not null)
        {
            faults.AddFault(new BadSample(BadSamples.PassedOver, root, null, string.Join("; ", ((string?[])[folders.Note, others.Count > 0 ? MediaFiles.Count(others) : null]).OfType<string>())));
        }
    }

    private static VideoClassificationSet OfList(string root, IReadOnlyList<(string Clip, string Label)> list)
    {
        var names = Names(root, [.. list.Select(entry => entry.Label).Distinct().Order(StringComparer.Ordinal)], out var indices);
        var files = new VideoFiles(root);
        return new VideoClassificationSet(root, names, _ => list.Select(entry => new VideoClip<int>(entry.Clip, root, null, () => indices[entry.Label]) { Find = () => files.Find(entry.Clip) }));
    }

    /// <summary>Names of the classes and the index of each label: by the set's list of names, or made of the labels themselves.</summary>
    private static string[] Names(string root, string[] labels, out Dictionary<string, int> indices)
    {
        indices = labels.Select((label, index) => (label, index)).ToDictionary(entry => entry.label, entry => entry.index);
        var file = Path.Combine(root, NamesFile);
        if (!File.Exists(file))
        {
            return [.. labels.Select(label => WordStart().Replace(label.Replace('_', ' '), " "))];
        }

        // A blank line keeps its label, and no clip is of it by name.
        var names = ClipBenchmarkFolder.ReadNames(file);

        var plain = names.Select((name, index) => (Plain(name), index)).Where(entry => entry.Item1.Length > 0).DistinctBy(entry => entry.Item1).ToDictionary(entry => entry.Item1, entry => entry.index);
        foreach (var label in labels)
        {
            indices[label] = plain.TryGetValue(Plain(label), out var index) || (int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index < names.Length)
                ? index
                : throw new UserErrorException($"{file}: has no class '{label}', which the clips have. Use the class names that belong to this set, or remove the file.");
        }

        return names;
    }

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static int Label(Sample sample, int classes)
    {
        var text = sample.Members.TryGetValue(LabelMember, out var member) ? CaptionedImage.Text(member.Span, LabelMember).Trim() : throw new BadSampleException("missing label", $"no {LabelMember} among {sample.List()}");
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var label))
        {
            throw new BadSampleException("label is not a number", $"'{text[..Math.Min(text.Length, 20)]}'");
        }

        return label >= 0 && label < classes
            ? label
            : throw new UserErrorException($"{sample.Shard}, sample {sample.Key}: label {label} is no line of {NamesFile}, which has {classes} classes counted from 0. Use the class names that belong to these shards.");
    }

    private static string[]? Lines(string root, string name)
    {
        var path = Path.Combine(root, name);
        return File.Exists(path) ? [.. UserText.Read(path).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)] : null;
    }

    // ApplyEyeMakeup
    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}

using System.Globalization;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Video;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>
/// Opens a set of clips with classes, told apart by what is there: CLIP-benchmark's shards with clips in the place of images
/// (<c>SPLIT/nshards.txt</c>), files with a published list, or a folder of clips for each class (in <c>SPLIT</c>, where that is there).
/// </summary>
internal static class ClassifiedClips
{
    /// <summary>Finds out how it is laid out, and looks for names and templates.</summary>
    /// <exception cref="UserErrorException">It is not there, something of it is missing, or nothing can decode clips.</exception>
    public static ClassificationSet<int> Open(EvaluationSetOptions set)
    {
        if (!Directory.Exists(set.Data))
        {
            throw new UserErrorException($"data set {set.Data}: there is no such folder.");
        }

        return set.List is { } list ? OfList(set, list, VideoLists.Labels(list, set.Split))
            : ClipBenchmarkFolder.IsAt(set.Data, set.Split) ? OfShards(set)
            : OfFolders(set, Directory.Exists(Path.Combine(set.Data, set.Split)) ? Path.Combine(set.Data, set.Split) : set.Data);
    }

    private static ClassificationSet<int> OfShards(EvaluationSetOptions set)
    {
        var folder = ClipBenchmarkFolder.Open(set.Data, set.Split);
        var names = PromptFiles.ClassNames(set, own: true) is { } found ? found.Lines : folder.ReadClassNames();
        return Opened(
            set,
            names,
            new ShardItems<int>(
                folder.Shards,
                VideoShards.Members(ClassLabel.Member),
                sample => ClassLabel.Read(sample, names.Count, set.Name)));
    }

    private static ClassificationSet<int> OfFolders(EvaluationSetOptions set, string root)
    {
        var folders = ClassFolders.In(root, MediaFiles.IsVideo);
        string[] classes = [.. folders.Names.Order(StringComparer.Ordinal)];
        if (classes.Length == 0)
        {
            throw new UserErrorException($"{root}: holds neither nshards.txt nor a folder of clips for each "
                + $"class{(folders.Note is { } note ? $"; {note}" : "")}. Check the path, or name the set's list with --list.");
        }

        var (names, indices) = Names(set, classes);
        var files = classes.ToDictionary(name => name, name => new VideoFiles(Path.Combine(root, name)));
        SetItem<int>[] clips = [.. classes.SelectMany(
            name => files[name].Paths.Select(path => SetItem<int>.OfFile(path, path, () => path, () => indices[name])))];
        string[] others = [.. files.Values.SelectMany(found => found.Others)];
        string[] notes = [.. new[] { folders.Note, others.Length > 0 ? MediaFiles.Count(others) : null }.OfType<string>()];
        return Opened(set, names, new FileItems<int>(clips, files.Values.SelectMany(found => found.Paths))
        {
            PassedOver = notes.Length > 0 ? new BadSample(BadSamples.PassedOver, root, null, string.Join("; ", notes)) : null,
        });
    }

    private static ClassificationSet<int> OfList(EvaluationSetOptions set, string list, IReadOnlyList<(string Clip, string Label)> clips)
    {
        var (names, indices) = Names(set, [.. clips.Select(entry => entry.Label).Distinct().Order(StringComparer.Ordinal)]);
        var files = new VideoFiles(set.Data);
        return Opened(set, names, new FileItems<int>(
            [.. clips.Select(entry => SetItem<int>.OfFile(set.Data, entry.Clip, () => files.Find(entry.Clip), () => indices[entry.Label]))],
            files.Paths.Append(list)));
    }

    private static ClassificationSet<int> Opened(EvaluationSetOptions set, IReadOnlyList<string> names, SetItems<int> clips)
        => new(set, ClipMedia.Of(set), clips, [new ZeroShotTask("", names)]);

    /// <summary>Names of the classes and the index of each label: by the set's list of names, or made of the labels themselves.</summary>
    private static (IReadOnlyList<string> Names, Dictionary<string, int> Indices) Names(EvaluationSetOptions set, string[] labels)
    {
        var indices = labels.Select((label, index) => (label, index)).ToDictionary(entry => entry.label, entry => entry.index);
        if (PromptFiles.ClassNames(set, own: true) is not { } found)
        {
            return (FolderNames.Of(labels), indices);
        }

        // A blank line keeps its label, and no clip is of it by name.
        var (names, file) = found;
        var plain = names.Select((name, index) => (Plain(name), index))
            .Where(entry => entry.Item1.Length > 0)
            .DistinctBy(entry => entry.Item1)
            .ToDictionary(entry => entry.Item1, entry => entry.index);
        foreach (var label in labels)
        {
            indices[label] = plain.TryGetValue(Plain(label), out var index)
                || (int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index < names.Count)
                ? index
                : throw new UserErrorException($"{file}: has no class '{label}', which the clips have. "
                    + "Use the class names that belong to this set, or remove the file.");
        }

        return (names, indices);
    }

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}

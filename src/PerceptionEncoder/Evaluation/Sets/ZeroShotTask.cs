using PerceptionEncoder.Data.Items;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>A question to the text tower: which of these names is the image's?</summary>
/// <param name="Prefix">Before the names of its figures; empty for the set's first question.</param>
/// <param name="Names">Class names, each asked with every template.</param>
/// <param name="NamesOfClass">For each class the indices of the names that mean it, where a class may have several; null: each name is a
/// class.</param>
internal sealed record ZeroShotTask(string Prefix, IReadOnlyList<string> Names, IReadOnlyList<int[]>? NamesOfClass = null)
{
    /// <summary>Prefix of ObjectNet's second figures.</summary>
    public const string Mapped = "mapped_";

    /// <summary>Whether the names are those of the classes' folders, because nobody has written others.</summary>
    public bool HasFolderNames { get; init; }

    /// <summary>Number of classes.</summary>
    public int Classes => NamesOfClass?.Count ?? Names.Count;

    /// <summary>Logits of classes: of each the best of its names.</summary>
    /// <param name="logits">[B, names].</param>
    /// <returns>[B, classes].</returns>
    public Tensor ByClass(Tensor logits)
    {
        if (NamesOfClass is not { } names)
        {
            return logits;
        }

        using var scope = NewDisposeScope();
        var widest = names.Max(some => some.Length);
        var index = names.SelectMany(some => Enumerable.Range(0, widest).Select(i => (long)some[Math.Min(i, some.Length - 1)])).ToArray();
        return logits.index_select(1, tensor(index, device: logits.device))
            .view(-1, names.Count, widest)
            .amax([2]).MoveToOuterDisposeScope();
    }

    /// <summary>The questions of a set: one, and for ObjectNet a second one with ImageNet's names where these are known.</summary>
    /// <param name="set">The set.</param>
    /// <param name="images">Its images.</param>
    /// <param name="log">Takes a line where ObjectNet's second question cannot be asked.</param>
    /// <exception cref="UserErrorException">Class names are missing or do not belong to the set.</exception>
    public static IReadOnlyList<ZeroShotTask> Of(EvaluationSetOptions set, LabelledImages images, Action<string> log)
    {
        if (images is FolderImages { ObjectNet: { } archive })
        {
            var own = new ZeroShotTask("", archive.Names);
            return archive.HasImageNetView && MappedToImageNet(set, archive, log) is { } mapped ? [own, mapped] : [own];
        }

        var found = PromptFiles.ClassNames(set, own: images is ShardImages);
        if (found is null && images.OwnNames is { } named && FolderNames.AreWords(named))
        {
            log($"{set.Name}: no {ClipBenchmarkFolder.ClassNamesFile}, so the {named.Count} classes are named as "
                + (images is TableImages ? "their labels" : "their folders"));
            return [new ZeroShotTask("", FolderNames.Of(named)) { HasFolderNames = true }];
        }

        var (names, file) = found
            ?? throw new UserErrorException($"{Path.Combine(set.Data, ClipBenchmarkFolder.ClassNamesFile)} does not exist; "
                + "zero-shot classification needs it, one entry a line. Write it, name a prompt file, "
                + $"or for class folders set {PromptFiles.Variable} to a folder with CLIP-benchmark's en_classnames.json.");
        var matched = images is FolderImages folders ? Match(set, folders, WithoutBlankEnd(names, folders.Classes.Count), file) : names;
        if (matched.Count(name => name.Length == 0) is var blank and > 0)
        {
            log($"{set.Name}: {blank} of {matched.Count} class names are blank in {file}: "
                + "they keep their labels and are asked without a name");
        }

        return [new ZeroShotTask("", matched)];
    }

    /// <summary>Names without blank ones at the end that no folder stands for.</summary>
    private static IReadOnlyList<string> WithoutBlankEnd(IReadOnlyList<string> names, int folders)
        => [.. names.Take(Math.Max(Math.Min(folders, names.Count), 1 + names.ToList().FindLastIndex(name => name.Length > 0)))];

    /// <summary>The name of each class folder.</summary>
    private static IReadOnlyList<string> Match(EvaluationSetOptions set, FolderImages images, IReadOnlyList<string> names, string file)
    {
        var folders = images.Classes;
        if (names.Count == folders.Count || (names.Count > folders.Count && folders.All(ImageFolder.IsNumber)))
        {
            return names;
        }

        if (!folders.All(WordNetIds.IsId))
        {
            throw new UserErrorException($"{file}: has {names.Count} names, "
                + $"but {set.Data} has {folders.Count} class folders{(images.FolderNote is { } note ? $" ({note})" : "")}. "
                + "Write a name for each folder, in the order of the folders.");
        }

        var ids = WordNetIds.Find(set)
            ?? throw new UserErrorException($"{file}: has the names of {names.Count} classes, of which {set.Data} has {folders.Count}; "
                + $"which ones is not known. Put {WordNetIds.Places}.");
        var labels = ids.Select((id, label) => KeyValuePair.Create(id, label)).ToDictionary();
        var unknown = folders.FirstOrDefault(folder => !labels.ContainsKey(folder));
        return ids.Count != names.Count
            ? throw new UserErrorException(
                $"{file}: has {names.Count} names, but {ids.Count} WordNet ids are known. Use names and ids of the same classes.")
            : unknown is not null
                ? throw new UserErrorException($"{set.Data}: the class folder {unknown} is not among the {ids.Count} WordNet ids that are "
                    + $"known. Check {WordNetIds.Places}.")
            : [.. folders.Select(folder => names[labels[folder]])];
    }

    private static ZeroShotTask? MappedToImageNet(EvaluationSetOptions set, ObjectNetArchive archive, Action<string> log)
    {
        var labels = archive.ImageNetClasses();
        var found = PromptFiles.ClassNames(set, own: false);
        if (labels is null || found is not { } names || names.Lines.Count <= labels.Max(some => some.Max()))
        {
            var why = labels is null
                ? "the files that number ImageNet's classes are not among the mappings"
                : $"its class names are not known; set {PromptFiles.Variable}";
            log($"{set.Name}: without figures for ImageNet's class names: {why}");
            return null;
        }

        int[] union = [.. labels.SelectMany(some => some).Distinct().Order()];
        return new ZeroShotTask(
            Mapped,
            [.. union.Select(label => names.Lines[label])],
            [.. labels.Select(some => Array.ConvertAll(some, label => Array.IndexOf(union, label)))]);
    }
}

using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>The parts of a labelled set, each opened when it is first asked for.</summary>
/// <param name="set">Where they are.</param>
/// <param name="shots">Training images of each class; null for all.</param>
/// <param name="seed">Of the draw.</param>
internal sealed class ProbeSets(ProbeSetOptions set, int? shots, ulong seed)
{
    private readonly ImageLabel trainLabel = new(set.Train is null ? null : set.LabelKey);

    /// <summary>The part that is measured.</summary>
    public OpenedSet<int> Test => field ??= Open(set.Split, new ImageLabel(null));

    /// <summary>
    /// The part that is learned from; with shots only the images that are drawn, which a pass over the labels alone finds.
    /// </summary>
    public OpenedSet<int> Train => field ??= OfFolders()
        ?? (set.Train is null && shots is null ? Open(set.TrainSplit, trainLabel) : OfShards());

    /// <summary>Names of the classes, for zero-shot.</summary>
    public IReadOnlyList<string> ClassNames => field ??= Folder.ReadClassNames();

    /// <summary>Prompts with a place for the class name, for zero-shot.</summary>
    public IReadOnlyList<string> Templates => field ??= Folder.ReadTemplates();

    /// <summary>A name for each label: of the class folders, of <c>classnames.txt</c>, or the number.</summary>
    public IReadOnlyList<string> NamesOf(int classes)
    {
        var known = LabelledImages.Open(set.Part(set.Split)).OwnNames is { } own ? FolderNames.Of(own)
            : File.Exists(Path.Combine(set.Data, ClipBenchmarkFolder.ClassNamesFile)) ? ClassNames
            : [];
        return [.. Enumerable.Range(0, classes).Select(label => label < known.Count ? known[label] : $"{label}")];
    }

    private ClipBenchmarkFolder Folder => field ??= ClipBenchmarkFolder.Open(set.Data, set.Split);

    /// <summary>Number of classes of both parts, from a pass over their labels.</summary>
    public int Classes() => 1 + Labels(Train).Concat(Labels(Test)).Max();

    private OpenedSet<int> Open(string split, ImageLabel label) => LabelledImages.Open(set.Part(split)).Opened(label.Member, label.Read);

    /// <summary>The training part, where that is a folder for each class; null where it is none.</summary>
    /// <exception cref="UserErrorException">Its classes are not those of the test part.</exception>
    private OpenedSet<int>? OfFolders()
    {
        var place = set.Train ?? Path.Combine(set.Data, set.TrainSplit);
        if (!Directory.Exists(place)
            || Directory.EnumerateFiles(place).Any(ShardOrder.IsTar)
            || FolderImages.Find(set.Part("") with { Data = place }) is not { } folders)
        {
            return null;
        }

        var classes = LabelledImages.Open(set.Part(set.Split)).OwnNames ?? ClassNames;
        if (!FolderNames.Of(folders.Classes).SequenceEqual(FolderNames.Of(classes), StringComparer.OrdinalIgnoreCase))
        {
            throw new UserErrorException($"{place}: its {folders.Classes.Count} class folders are not the {classes.Count} classes of the "
                + $"test part in {set.Data}, in their order. Train on the same classes.");
        }

        var opened = folders.Opened(trainLabel.Member, trainLabel.Read) with { Place = place };
        return shots is { } each && opened.Items is FileItems<int> items
            ? opened with { Items = items.Only(ProbeSplit.Shots([.. Labels(opened)], each, seed)) }
            : opened;
    }

    private OpenedSet<int> OfShards()
    {
        var shards = set.Train is { } pattern ? ShardOrder.Find(pattern) : ClipBenchmarkFolder.Open(set.Data, set.TrainSplit).Shards;
        var drawn = shots is { } each ? ProbeSplit.Shots([.. Labels(shards)], each, seed) : null;
        return new OpenedSet<int>(
            set.Part(set.TrainSplit),
            new ImageMedia(0),
            new ShardItems<int>(shards, LabelledImages.Members(trainLabel.Member), trainLabel.Read) { Chosen = drawn })
        {
            Place = set.Train ?? Path.Combine(set.Data, set.TrainSplit),
            Advice = LabelledImages.AdviceOf(trainLabel.Member),
        };
    }

    private IEnumerable<int> Labels(IReadOnlyList<string> shards)
        => SampleReader.ReadShards(shards, new BadSamples(), new HashSet<string> { trainLabel.Member })
            .Select(sample => Label(() => trainLabel.Read(sample)));

    private static IEnumerable<int> Labels(OpenedSet<int> part)
        => part.Items.Read(new BadSamples(), skip: 0).Select(item => Label(() => item.Read(ItemDecoder.None).Annotation));

    /// <summary>A label, or -1 where there is none: that is reported where the images are read.</summary>
    private static int Label(Func<int> read)
    {
        try
        {
            return read();
        }
        catch (BadSampleException)
        {
            return -1;
        }
    }
}

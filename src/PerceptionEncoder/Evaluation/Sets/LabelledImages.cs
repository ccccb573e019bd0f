using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Images with classes, in one of the layouts that there are.</summary>
/// <param name="set">Where they are.</param>
internal abstract class LabelledImages(EvaluationSetOptions set)
{
    /// <summary>Pixels around every image that are no part of it.</summary>
    protected abstract int Border { get; }

    /// <summary>Tells the layout apart and opens it.</summary>
    /// <exception cref="UserErrorException">The folder is missing or is no set.</exception>
    public static LabelledImages Open(EvaluationSetOptions set)
    {
        var hasShards = Directory.Exists(set.Data)
            && Directory.EnumerateDirectories(set.Data).Any(folder => ClipBenchmarkFolder.IsAt(folder, ""));
        return hasShards || !Directory.Exists(set.Data)
            ? new ShardImages(set, ClipBenchmarkFolder.Open(set.Data, set.Split))
            : (LabelledImages?)TableImages.Find(set) ?? FolderImages.Find(set) ?? throw new UserErrorException(
                $"{set.Data}: is no evaluation set: it holds neither {set.Split}/nshards.txt nor a table of paths and labels nor a folder "
                + "for each class. Check the path.");
    }

    /// <summary>What the images' own layout calls the classes, in the order of the labels; null where it does not.</summary>
    public virtual IReadOnlyList<string>? OwnNames => null;

    /// <summary>What of the set was seen and what is passed over, a line each.</summary>
    public virtual IEnumerable<string> Notes() => [];

    /// <summary>The images with their labels.</summary>
    /// <param name="member">Extension of the member that a sample of a shard has its label in.</param>
    /// <param name="label">Reads it.</param>
    public OpenedSet<int> Opened(string member, Func<Sample, int> label) => Opened(member, Items(member, label));

    /// <summary>What to do about a set of images of which none can be used.</summary>
    /// <param name="member">Extension of what they are paired with.</param>
    public static string AdviceOf(string member) => $" Give a folder of images with .{member} members.";

    /// <summary>Extensions of images and of what they are paired with.</summary>
    public static IReadOnlySet<string> Members(params IEnumerable<string> annotations) => MediaFiles.Images.Concat(annotations).ToHashSet();

    /// <summary>The set with its items.</summary>
    protected OpenedSet<T> Opened<T>(string member, SetItems<T> items)
    {
        var border = set.Border ?? Border;
        return new OpenedSet<T>(set with { Border = border }, new ImageMedia(border), items) { Advice = AdviceOf(member) };
    }

    /// <summary>As <see cref="Opened(string, Func{Sample, int})"/> takes its arguments.</summary>
    protected abstract SetItems<int> Items(string member, Func<Sample, int> label);
}

using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Video;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>
/// Opens a set of clips with captions, told apart by what is there: files with a published list, CLIP-benchmark's shards with clips in the
/// place of images (<c>SPLIT/nshards.txt</c>), a folder of shards, or a folder of clips with a <c>.txt</c> beside each, a caption a line.
/// </summary>
internal static class CaptionedClips
{
    /// <summary>Finds out how it is laid out.</summary>
    /// <exception cref="UserErrorException">It is not there, is laid out in no such way, or nothing can decode clips.</exception>
    public static OpenedSet<string[]> Open(EvaluationSetOptions set)
    {
        SetItems<string[]> items = set.List is { } list ? OfList(set.Data, list)
            : ClipBenchmarkFolder.IsAt(set.Data, set.Split) ? OfShards(ClipBenchmarkFolder.Open(set.Data, set.Split).Shards, set.Captions)
            : !Directory.Exists(set.Data) || Directory.EnumerateFiles(set.Data).Any(ShardOrder.IsShard)
                ? OfShards(ShardOrder.Find(set.Data), set.Captions)
            : OfFiles(set.Data);
        return new OpenedSet<string[]>(set, ClipMedia.Of(set), items);
    }

    private static FileItems<string[]> OfList(string root, string list)
    {
        var files = new VideoFiles(root);
        return new FileItems<string[]>(
            [.. VideoLists.Captions(list)
                .Select(entry => SetItem<string[]>.OfFile(root, entry.Clip, () => files.Find(entry.Clip), () => entry.Captions))],
            files.Paths.Append(list));
    }

    private static ShardItems<string[]> OfShards(IReadOnlyList<string> shards, IReadOnlyList<string> places)
        => new(shards, VideoShards.Members(SourceOptions.MembersOf(places)), sample => CaptionText.Read(sample, places));

    private static FileItems<string[]> OfFiles(string root)
    {
        var clips = new VideoFiles(root);
        var others = MediaFiles.Count(clips.Others.Where(path => MediaFiles.Extension(path) != CaptionText.Member));
        return clips.Paths.Count > 0
            ? new FileItems<string[]>(
                [.. clips.Paths.Select(path => SetItem<string[]>.OfFile(path, path, () => path, () => CaptionText.Beside(path)))],
                clips.Paths.SelectMany(path => new[] { path, CaptionText.PathBeside(path) }))
            {
                PassedOver = others.Length > 0 ? new BadSample(BadSamples.PassedOver, root, null, others) : null,
            }
            : throw new UserErrorException($"{root}: holds no clips (.{string.Join(", .", VideoFiles.Extensions)}) and no "
                + $"shards{(others.Length > 0 ? $", but {others}" : "")}. Check the path.");
    }
}

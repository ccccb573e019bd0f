using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Evaluation.Video;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Retrieval;

/// <summary>
/// A set of clips with captions, told apart by what is there: files with a published list, CLIP-benchmark's shards with clips in the place of images (<c>SPLIT/nshards.txt</c>), a
/// folder of shards, or a folder of clips with a <c>.txt</c> beside each, a caption a line.
/// </summary>
internal static class VideoRetrievalSet
{
    /// <summary>The clips with all their captions, in a fixed order.</summary>
    /// <param name="set">Where it is.</param>
    /// <param name="faults">Takes what is wrong with shards as such.</param>
    /// <exception cref="UserErrorException">It is not there, or is laid out in no such way.</exception>
    public static IEnumerable<VideoClip<string[]>> Open(EvaluationSetOptions set, BadSamples faults)
    {
        if (set.List is { } list)
        {
            var files = new VideoFiles(set.Data);
            return VideoLists.Captions(list).Select(entry => new VideoClip<string[]>(entry.Clip, set.Data, null, () => entry.Captions) { Find = () => files.Find(entry.Clip) });
        }

        if (File.Exists(Path.Combine(set.Data, set.Split, "nshards.txt")))
        {
            return OfShards(ClipBenchmarkFolder.Open(set.Data, set.Split).Shards, set, faults);
        }

        if (!Directory.Exists(set.Data) || Directory.EnumerateFiles(set.Data).Any(ShardOrder.IsShard))
        {
            return OfShards(ShardOrder.Find(set.Data), set, faults);
        }

        var clips = new VideoFiles(set.Data);
        var others = MediaFiles.Count(clips.Others.Where(path => MediaFiles.Extension(path) != "txt"));
        if (others.Length > 0)
        {
            faults.AddFault(new BadSample(BadSamples.PassedOver, set.Data, null, others));
        }

        return clips.Paths.Count > 0
            ? clips.Paths.Select(path => VideoClip<string[]>.OfFile(path, () => Sidecar(path)))
            : throw new UserErrorException($"{set.Data}: holds no clips (.{string.Join(", .", VideoFiles.Extensions)}) and no shards{(others.Length > 0 ? $", but {others}" : "")}. Check the path.");
    }

    private static IEnumerable<VideoClip<string[]>> OfShards(IReadOnlyList<string> shards, EvaluationSetOptions set, BadSamples faults)
        => SampleReader.ReadShards(shards, faults, VideoShards.Members(SourceOptions.MembersOf(set.Captions))).Select(sample => VideoClip<string[]>.OfSample(sample, () => Captions(sample, set.Captions)));

    private static string[] Captions(Sample sample, IReadOnlyList<string> places)
    {
        var text = places.FirstOrDefault(sample.Members.ContainsKey);
        return text is null
            ? [.. CaptionedImage.FindCaptions(sample, new SourceOptions { Shards = sample.Shard, Captions = places })]
            : Lines(CaptionedImage.Text(sample.Members[text].Span, text), text);
    }

    private static string[] Sidecar(string path)
    {
        var text = Path.ChangeExtension(path, "txt");
        try
        {
            return Lines(CaptionedImage.Text(UserFile.ReadAllBytes(text, UserText.Limit), text), text);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BadSampleException(CaptionedImage.MissingCaption, failure.Message.ReplaceLineEndings(" "));
        }
    }

    private static string[] Lines(string text, string name)
    {
        var captions = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return captions.Length > 0 ? captions : throw new BadSampleException(CaptionedImage.MissingCaption, $"{name} is blank");
    }
}

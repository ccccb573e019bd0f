using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Opens a set of images with captions, in CLIP-benchmark's webdataset layout.</summary>
internal static class CaptionedImages
{
    /// <summary>Looks for the shards.</summary>
    /// <exception cref="UserErrorException">The folder or a shard is missing.</exception>
    public static OpenedSet<string[]> Open(EvaluationSetOptions set)
    {
        var shards = ClipBenchmarkFolder.Open(set.Data, set.Split).Shards;
        var border = set.Border ?? NamedSet.BorderOf(set.Name);
        return new OpenedSet<string[]>(
            set with { Border = border },
            new ImageMedia(border),
            new ShardItems<string[]>(shards, LabelledImages.Members(CaptionText.Member), CaptionText.Read))
        {
            Advice = LabelledImages.AdviceOf(CaptionText.Member),
        };
    }
}

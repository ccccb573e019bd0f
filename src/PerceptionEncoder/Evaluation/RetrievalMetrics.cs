using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation;

// I images · T texts · D embedding width · Q queries · M items searched
/// <summary>Image–text retrieval: the share of queries with any correct item among the best k.</summary>
/// <remarks>CLIP-benchmark's recall@k; with re-weighting and merged captions, the protocol of Perception Encoder, App. B.1.2.</remarks>
public static class RetrievalMetrics
{
    /// <summary>Scores held at once: 16M float32 values are 64 MB, whatever the size of the set.</summary>
    private const long ScoresAtOnce = 1 << 24;

    /// <summary>Recall of both directions at each k.</summary>
    /// <param name="imageFeatures">[I, D], normalised or not.</param>
    /// <param name="textFeatures">[T, D], normalised or not.</param>
    /// <param name="imageOfText">For each text the index of its image; an image may have several texts.</param>
    /// <param name="cutoffs">The k of recall@k; one above the number of items counts as that number.</param>
    /// <param name="captionIds">Texts with equal ids share their images, so that a caption written twice is right for both; null: every text stands alone.</param>
    /// <param name="reweightScale">s for scores s·x·softmax(s·x) over the queries, per item; null: plain scores.</param>
    /// <returns><c>image_retrieval_recall@k</c> (text finds image) and <c>text_retrieval_recall@k</c>, as fractions.</returns>
    public static IReadOnlyDictionary<string, double> Recall(
        Tensor imageFeatures, Tensor textFeatures, IReadOnlyList<int> imageOfText, IReadOnlyList<int> cutoffs,
        IReadOnlyList<long>? captionIds = null, double? reweightScale = null)
    {
        var (imageHits, textHits) = Hits(imageFeatures, textFeatures, imageOfText, cutoffs, captionIds, reweightScale);
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var cutoff = 0; cutoff < cutoffs.Count; cutoff++)
        {
            metrics[$"image_retrieval_recall@{cutoffs[cutoff]}"] = Share(imageHits[cutoff]);
            metrics[$"text_retrieval_recall@{cutoffs[cutoff]}"] = Share(textHits[cutoff]);
        }

        return metrics;
    }

    /// <summary>Which queries have a hit: for each cutoff, one flag per text (searching images) and one per image (searching texts).</summary>
    internal static (bool[][] OfTexts, bool[][] OfImages) Hits(
        Tensor imageFeatures, Tensor textFeatures, IReadOnlyList<int> imageOfText, IReadOnlyList<int> cutoffs,
        IReadOnlyList<long>? captionIds, double? reweightScale, long scoresAtOnce = ScoresAtOnce)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long images = imageFeatures.shape[0], texts = textFeatures.shape[0];
        if (images == 0 || texts != imageOfText.Count || (captionIds is not null && captionIds.Count != texts) || imageOfText.Any(image => image < 0 || image >= images))
        {
            throw new ArgumentException($"{texts} texts, {imageOfText.Count} image indices and {captionIds?.Count ?? texts} caption ids must be as many, and each index one of {images} images", nameof(imageOfText));
        }

        long Caption(long text) => captionIds is null ? text : captionIds[(int)text];
        var correct = new HashSet<(long Caption, long Image)>();
        for (var text = 0; text < texts; text++)
        {
            correct.Add((Caption(text), imageOfText[text]));
        }

        var imageUnits = Normalize(imageFeatures);
        var textUnits = Normalize(textFeatures);
        return (
            Search(textUnits, imageUnits, (text, image) => correct.Contains((Caption(text), image)), cutoffs, reweightScale, scoresAtOnce),
            Search(imageUnits, textUnits, (image, text) => correct.Contains((Caption(text), image)), cutoffs, reweightScale, scoresAtOnce));
    }

    private static bool[][] Search(Tensor queries, Tensor items, Func<long, long, bool> isCorrect, IReadOnlyList<int> cutoffs, double? scale, long scoresAtOnce)
    {
        using var scope = NewDisposeScope();
        int count = (int)queries.shape[0], depth = (int)Math.Min(cutoffs.Max(), items.shape[0]);
        var rows = Math.Max(1, scoresAtOnce / items.shape[0]);
        var transposed = items.t();                                                              // [D, M]
        var normalizer = scale is { } factor ? LogSumOverQueries(queries, transposed, factor, rows) : null;
        var hits = cutoffs.Select(_ => new bool[count]).ToArray();
        for (long start = 0; start < count; start += rows)
        {
            using var chunk = NewDisposeScope();
            var scores = Scores(queries, transposed, start, rows, scale ?? 1);                   // [rows, M]
            if (normalizer is not null)
            {
                scores = scores * (scores - normalizer).exp();
            }

            var ranked = scores.topk(depth, dim: 1).indexes.cpu().data<long>().ToArray();
            for (var row = 0; row < ranked.Length / depth; row++)
            {
                var query = start + row;
                var first = Array.FindIndex(ranked, row * depth, depth, item => isCorrect(query, item));
                for (var cutoff = 0; cutoff < cutoffs.Count; cutoff++)
                {
                    hits[cutoff][query] = first >= 0 && first - (row * depth) < cutoffs[cutoff];
                }
            }
        }

        return hits;
    }

    /// <summary>The logarithm of the softmax denominator of each item over all queries, [M], in one pass over chunks of queries.</summary>
    private static Tensor LogSumOverQueries(Tensor queries, Tensor transposed, double scale, long rows)
    {
        Tensor? sum = null;
        for (long start = 0; start < queries.shape[0]; start += rows)
        {
            using var chunk = NewDisposeScope();
            var part = Scores(queries, transposed, start, rows, scale).logsumexp(0);
            sum = (sum is null ? part : logaddexp(sum, part)).MoveToOuterDisposeScope();
        }

        return sum!;
    }

    private static Tensor Scores(Tensor queries, Tensor transposed, long start, long rows, double scale)
        => scale * queries.narrow(0, start, Math.Min(rows, queries.shape[0] - start)).matmul(transposed);

    private static Tensor Normalize(Tensor features) => nn.functional.normalize(features, p: 2, dim: -1);

    private static double Share(bool[] hits) => hits.Count(hit => hit) / (double)hits.Length;
}

using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Retrieval;

// I images · T texts · D embedding width · Q queries · M items searched
/// <summary>Image–text retrieval: the share of queries with any correct item among the best k.</summary>
/// <remarks>CLIP-benchmark's recall@k; with re-weighting and merged captions, the protocol of Perception Encoder, App. B.1.2.</remarks>
public static class RetrievalMetrics
{
    /// <summary>Before the names of the figures with softmax re-weighting.</summary>
    internal const string Reweighted = "reweighted_";

    /// <summary>Scores held at once: 16M float32 values are 64 MB, whatever the size of the set.</summary>
    private const long ScoresAtOnce = 1 << 24;

    /// <summary>Recall of both directions at each k.</summary>
    /// <remarks>
    /// Scores are plain products of the features as they are given: of unit length for images and texts, while a clip's is the mean of its
    /// frames' unit features, which is shorter the more they disagree, and stays so.
    /// </remarks>
    /// <param name="imageFeatures">[I, D], of images or clips.</param>
    /// <param name="textFeatures">[T, D].</param>
    /// <param name="imageOfText">For each text the index of its image; an image may have several texts.</param>
    /// <param name="cutoffs">The k of recall@k; one above the number of items counts as that number.</param>
    /// <param name="captionIds">Texts with equal ids share their images, so that a caption written twice is right for both; null: every
    /// text stands alone.</param>
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
            metrics[ImageRecall(cutoffs[cutoff])] = Share(imageHits[cutoff]);
            metrics[TextRecall(cutoffs[cutoff])] = Share(textHits[cutoff]);
        }

        return metrics;
    }

    /// <summary>
    /// Which queries have a hit: for each cutoff, one flag per text (searching images) and one per image (searching texts).
    /// </summary>
    internal static (bool[][] OfTexts, bool[][] OfImages) Hits(
        Tensor imageFeatures, Tensor textFeatures, IReadOnlyList<int> imageOfText, IReadOnlyList<int> cutoffs,
        IReadOnlyList<long>? captionIds, double? reweightScale, long scoresAtOnce = ScoresAtOnce)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var exact = Tf32.Suspend();
        long images = imageFeatures.shape[0], texts = textFeatures.shape[0];
        if (images == 0
            || texts != imageOfText.Count
            || (captionIds is not null && captionIds.Count != texts)
            || imageOfText.Any(image => image < 0 || image >= images))
        {
            throw new ArgumentException(
                $"{texts} texts, {imageOfText.Count} image indices and {captionIds?.Count ?? texts} caption ids must be as many, "
                + $"and each index one of {images} images",
                nameof(imageOfText));
        }

        var imagesOfCaption = new Dictionary<long, List<int>>();
        var textsOfCaption = new Dictionary<long, List<int>>();
        var captionsOfImage = new Dictionary<int, HashSet<long>>();
        for (var text = 0; text < texts; text++)
        {
            Of(imagesOfCaption, Caption(text)).Add(imageOfText[text]);
            Of(textsOfCaption, Caption(text)).Add(text);
            Of(captionsOfImage, imageOfText[text]).Add(Caption(text));
        }

        var (images32, texts32) = (imageFeatures.to(float32), textFeatures.to(float32));
        return (
            Search(texts32, images32, text => imagesOfCaption[Caption(text)], cutoffs, reweightScale, scoresAtOnce),
            Search(
                images32,
                texts32,
                image => captionsOfImage.TryGetValue(image, out var captions)
                    ? captions.SelectMany(caption => textsOfCaption[caption])
                    : [],
                cutoffs,
                reweightScale,
                scoresAtOnce));

        long Caption(int text) => captionIds is null ? text : captionIds[text];

        static TList Of<TKey, TList>(Dictionary<TKey, TList> lists, TKey key)
            where TKey : notnull
            where TList : new()
            => lists.TryGetValue(key, out var list) ? list : lists[key] = new TList();
    }

    private static bool[][] Search(
        Tensor queries,
        Tensor items,
        Func<int, IEnumerable<int>> correct,
        IReadOnlyList<int> cutoffs,
        double? scale,
        long scoresAtOnce)
    {
        using var scope = NewDisposeScope();
        var count = (int)queries.shape[0];
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

            var ahead = BetterThanCorrect(scores, row => correct((int)start + row));
            for (var row = 0; row < ahead.Length; row++)
            {
                for (var cutoff = 0; cutoff < cutoffs.Count; cutoff++)
                {
                    hits[cutoff][start + row] = ahead[row] < cutoffs[cutoff];
                }
            }
        }

        return hits;
    }

    /// <summary>
    /// How many items come before the best correct one of each query; of equal scores the earlier item comes first, so that a model that
    /// gives all the same gains nothing. Without end where none is correct. Counting is much faster than ranking.
    /// </summary>
    private static long[] BetterThanCorrect(Tensor scores, Func<int, IEnumerable<int>> correct)
    {
        var count = (int)scores.shape[0];
        var items = scores.shape[1];
        var pairs = Enumerable.Range(0, count).SelectMany(row => correct(row).Select(item => (Row: row, Item: item))).ToArray();
        var values = scores.flatten().index_select(
            0,
            tensor(Array.ConvertAll(pairs, pair => (pair.Row * items) + pair.Item), device: scores.device)).cpu().data<float>().ToArray();
        var best = Enumerable.Repeat(float.NegativeInfinity, count).ToArray();
        var first = Enumerable.Repeat(items, count).ToArray();
        foreach (var ((row, item), value) in pairs.Zip(values))
        {
            if (value > best[row] || (value == best[row] && item < first[row]))
            {
                (best[row], first[row]) = (value, item);
            }
        }

        var limit = tensor(best, device: scores.device).unsqueeze(1);                            // [rows, 1]
        var ahead = Count(scores.gt(limit));
        if ((Count(scores.ge(limit)) - ahead).gt(1).any().item<bool>())
        {
            ahead += Count(
                scores.eq(limit).logical_and(arange(items, device: scores.device) < tensor(first, device: scores.device).unsqueeze(1)));
        }

        return [.. ahead.cpu().data<float>().Select((better, row) => first[row] < items ? (long)better : long.MaxValue)];

        // A sum of truths would be taken in 64 bits each; float32 is exact up to 16M items.
        static Tensor Count(Tensor truths) => truths.to(float32).sum(1);
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

    private static double Share(bool[] hits) => hits.Count(hit => hit) / (double)hits.Length;

    /// <summary>Names of the figures under both protocols.</summary>
    internal static IReadOnlyList<string> Names(IReadOnlyList<int> cutoffs)
        => [.. new[] { "", Reweighted }
            .SelectMany(prefix => cutoffs.SelectMany(cutoff => new[] { prefix + ImageRecall(cutoff), prefix + TextRecall(cutoff) }))];

    private static string ImageRecall(int cutoff) => $"image_retrieval_recall@{cutoff}";

    private static string TextRecall(int cutoff) => $"text_retrieval_recall@{cutoff}";
}

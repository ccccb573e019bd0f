using System.Diagnostics;
using PerceptionEncoder.Evaluation.Retrieval;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Retrieval;

public class RetrievalMetricsTests
{
    public RetrievalMetricsTests() => TorchRuntime.Initialize();

    [Fact]
    public void A_caption_written_for_two_images_is_right_for_both_once_merged()
    {
        using var scope = NewDisposeScope();
        // Texts 0 and 2 are one caption and both lie next to image 0.
        var images = tensor(new float[,] { { 1, 0 }, { 0.6f, 0.8f } });
        var texts = tensor(new float[,] { { 1, 0 }, { 0, 1 }, { 1, 0 } });
        int[] imageOfText = [0, 1, 1];

        var apart = RetrievalMetrics.Recall(images, texts, imageOfText, [1]);
        var merged = RetrievalMetrics.Recall(images, texts, imageOfText, [1], captionIds: [7, 8, 7]);

        Assert.Equal(2 / 3.0, apart["image_retrieval_recall@1"]);
        Assert.Equal(1, merged["image_retrieval_recall@1"]);
    }

    [Fact]
    public void The_length_of_a_clips_feature_counts_so_that_frames_that_disagree_rank_lower()
    {
        using var scope = NewDisposeScope();
        // Clip 0: two frames at (0.8, 0.6). Clip 1: frames at (1, 0) and (0, 1), mean (0.5, 0.5). The text (1, 1) / sqrt 2 belongs to clip
        // 1, whose direction it has: its products are 0.990 and 0.707, while its cosines are 0.990 and 1.
        var clips = tensor(new float[,] { { 0.8f, 0.6f }, { 0.5f, 0.5f } });
        var texts = tensor(new float[,] { { 0.70710678f, 0.70710678f } });

        var recall = RetrievalMetrics.Recall(clips, texts, [1], [1, 2]);

        Assert.Equal((0, 1), (recall["image_retrieval_recall@1"], recall["image_retrieval_recall@2"]));
    }

    [Fact]
    public void Re_weighting_takes_the_length_of_a_clips_feature_too()
    {
        using var scope = NewDisposeScope();
        // Products s: text 0 (0.9, 0.5), text 1 (0.6, 0.55). s * softmax over texts: text 0 (0.9 * 0.574, 0.5 * 0.488) finds clip 0; text 1
        // (0.6 * 0.426, 0.55 * 0.512) finds clip 1, which is second by s alone. Were the clips of unit length, s alone would find it:
        // (0.555, 0.740).
        var clips = tensor(new float[,] { { 0.9f, 0.6f }, { 0.5f, 0.55f } });
        var texts = eye(2);

        var plain = RetrievalMetrics.Recall(clips, texts, [0, 1], [1]);
        var reweighted = RetrievalMetrics.Recall(clips, texts, [0, 1], [1], reweightScale: 1);

        Assert.Equal((0.5, 1.0), (plain["image_retrieval_recall@1"], reweighted["image_retrieval_recall@1"]));
    }

    /// <summary>Seconds, and an hour or more; only where PE_ACCEPTANCE is set.</summary>
    [SkippableTheory]
    [InlineData(5_000, 25_000, 8)]
    [InlineData(100_000, 500_000, 64)]
    public void Memory_holds_a_part_of_the_scores_however_many_pairs_there_are(int images, int texts, int width)
    {
        Skip.If(
            string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PE_ACCEPTANCE")),
            "an acceptance run of minutes: set PE_ACCEPTANCE=1");
        using var scope = NewDisposeScope();
        var imageFeatures = nn.functional.normalize(randn(images, width), dim: 1);
        var textFeatures = imageFeatures.repeat_interleave(texts / images, dim: 0).add_(randn(texts, width), 0.01f);
        var imageOfText = Enumerable.Range(0, texts).Select(text => text / (texts / images)).ToArray();
        ProcessUsage.ResetPeak();
        var before = ProcessUsage.Read().ResidentBytes;
        var clock = Stopwatch.StartNew();

        var recall = RetrievalMetrics.Recall(imageFeatures, textFeatures, imageOfText, [1, 10], reweightScale: 1);

        var extra = ProcessUsage.Read().PeakResidentBytes - before;
        Console.WriteLine($"{images} x {texts}: {clock.Elapsed.TotalSeconds:F0} s, extra {extra / 1e9:F2} GB");
        Assert.InRange(recall["image_retrieval_recall@10"], 0.9, 1);
        Assert.InRange(extra, 0, 480_000_000); // all scores would be 0.5 GB and 200 GB
    }

    [Fact]
    public void Of_equal_scores_the_earlier_item_comes_first_so_that_a_collapsed_model_gains_nothing()
    {
        using var scope = NewDisposeScope();
        int[] imageOfText = [0, 0, 1, 1, 2, 2];

        var recall = RetrievalMetrics.Recall(ones(3, 2), ones(6, 2), imageOfText, [1, 2, 3]);

        Assert.Equal([1 / 3.0, 2 / 3.0, 1], new[] { 1, 2, 3 }.Select(k => recall[$"image_retrieval_recall@{k}"]));
        Assert.Equal([1 / 3.0, 1 / 3.0, 2 / 3.0], new[] { 1, 2, 3 }.Select(k => recall[$"text_retrieval_recall@{k}"]));
    }

    [Fact]
    public void A_cutoff_beyond_the_number_of_items_finds_everything()
    {
        using var scope = NewDisposeScope();
        var features = eye(3);

        var recall = RetrievalMetrics.Recall(features, features.flip(0), [0, 1, 2], [1, 10]);

        Assert.Equal(1 / 3.0, recall["text_retrieval_recall@1"]);
        Assert.Equal(1, recall["text_retrieval_recall@10"]);
    }

    [Fact]
    public void Re_weighting_in_chunks_equals_the_softmax_of_the_whole_matrix()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(5);
        var images = nn.functional.normalize(randn([23, 6], generator: generator), dim: 1);
        var texts = nn.functional.normalize(randn([41, 6], generator: generator), dim: 1);
        int[] imageOfText = [.. Enumerable.Range(0, 41).Select(text => text % 23)];
        var scaled = 20 * texts.matmul(images.t());
        var best = (scaled * scaled.softmax(0)).argmax(1).data<long>().ToArray();

        var (ofTexts, _) = RetrievalMetrics.Hits(images, texts, imageOfText, [1], null, reweightScale: 20, scoresAtOnce: 5 * 23);

        Assert.Equal(best.Select((image, text) => image == imageOfText[text]), ofTexts[0]);
    }

    [Fact]
    public void An_index_of_no_image_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => RetrievalMetrics.Recall(eye(2), eye(2), [0, 2], [1]));
    }
}

using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation;

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

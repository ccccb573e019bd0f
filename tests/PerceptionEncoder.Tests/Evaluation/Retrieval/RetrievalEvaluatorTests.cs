using System.Text;
using static PerceptionEncoder.Tests.Evaluation.ColourSet;

namespace PerceptionEncoder.Tests.Evaluation.Retrieval;

public sealed class RetrievalEvaluatorTests : IDisposable
{
    private readonly ColourSet set = new();

    public void Dispose() => set.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Every_line_of_the_captions_is_a_query_and_a_target(int batch)
    {
        set.AddShard(Captioned("red", "red\na red square\n"), Captioned("green", "green"), Captioned("blue", "red\r\n\r\nblue\n"));

        var result = set.Retrieval(batch).Evaluate(default);

        Assert.Equal(("colours", "zeroshot_retrieval", 3, 0), (result.Dataset, result.Task, result.Samples, result.Unreadable));
        Assert.Equal(0.8, result.Metrics["image_retrieval_recall@1"], 1e-12);          // the blue picture's 'red' finds the red one
        Assert.Equal(1, result.Metrics["text_retrieval_recall@5"]);
    }

    [Fact]
    public void The_published_protocol_takes_a_shared_caption_as_right_for_each_image()
    {
        set.AddShard(Captioned("red", "red"), Captioned("green", "green"), Captioned("blue", "red\nblue"));

        var metrics = set.Retrieval().Evaluate(default).Metrics;

        Assert.Equal(0.75, metrics["image_retrieval_recall@1"], 1e-12);
        Assert.Equal(1, metrics["reweighted_image_retrieval_recall@1"]);
        Assert.Equal(12, metrics.Count);
    }

    [Fact]
    public void Images_without_usable_captions_are_logged_counted_and_left_out()
    {
        set.AddShard(
            Captioned("red", "red"),
            Captioned("green", " \n\t\n"),
            [("png", Picture("green"))],
            [("png", Picture("green")), ("txt", [0xC3, 0x28])],
            Captioned("blue", Encoding.UTF8.GetString(Encoding.UTF8.Preamble) + "blue"));

        var result = set.Retrieval().Evaluate(default);

        Assert.Equal((2, 3), (result.Samples, result.Unreadable));
        Assert.Equal(1, result.Metrics["text_retrieval_recall@1"]);
        Assert.Equal(3, set.Log.Count);
    }
}

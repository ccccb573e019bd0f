using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tests.Data.Samples;

public class ImageTextBatchTests
{
    [Theory]
    [InlineData(new[] { 9, 3, 8, 0, 0, 0 }, 3)]
    [InlineData(new[] { 9, 3, 2, 5, 4, 8 }, 6)]
    [InlineData(new[] { 9, 0, 0, 8, 0, 0 }, 4)]
    [InlineData(new[] { 0, 0, 0, 0, 0, 0 }, 1)]
    public void Used_tokens_end_with_the_last_id_of_the_longest_caption(int[] longest, int expected)
    {
        using var folder = new ShardFolder();
        using var loader = new DataLoader(
            new DataOptions { Train = [folder.AddSource("s", [4])] },
            4,
            ImageTextBatch.Layout(2, longest.Length),
            (sample, _, _, fields) => ImageTextBatch.WriteTokens(sample.Key[^1] == '2' ? longest : [0, 0, 0, 0, 0, 0], fields),
            seed: 3,
            DataPosition.Start,
            new BadSamples());
        using var batch = loader.Next();
        Assert.Equal(expected, new ImageTextBatch(batch).UsedTokens);
        Assert.Equal(
            longest.Select(id => (long)id),
            new ImageTextBatch(batch).Tokens[batch.Keys.ToList().FindIndex(key => key[^1] == '2')].data<long>().ToArray());
    }

    [Fact]
    public void A_caption_of_another_length_than_the_context_is_a_mistake_of_the_tokenizer()
        => Assert.Throws<ArgumentException>(() => ImageTextBatch.WriteTokens([1, 2], new SampleFields(ImageTextBatch.Layout(2, 3))));
}

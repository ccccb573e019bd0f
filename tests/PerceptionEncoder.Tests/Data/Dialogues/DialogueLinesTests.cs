using System.Text.Json;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tokenization.Language;
using PerceptionEncoder.Tools.Tokenizers;

namespace PerceptionEncoder.Tests.Data.Dialogues;

public sealed class DialogueLinesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-dialogues-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Lines_come_once_an_epoch_in_an_order_that_resumes_at_any_sample()
    {
        var options = new DataOptions { Train = [Written("a", 7), Written("b", 5) with { Weight = 2 }], ShuffleWindow = 4 };
        var whole = Keys(options, DataPosition.Start, 40);
        Assert.Equal(7, whole.Where(draw => draw.Source == 0).Take(7).Select(draw => draw.Key).Distinct().Count());
        Assert.NotEqual(whole.Take(12).Select(draw => draw.Key), whole.Take(12).Select(draw => draw.Key).Order(StringComparer.Ordinal));
        Assert.True(whole.Count(draw => draw.Key.StartsWith("b.", StringComparison.Ordinal)) > 20, "b has twice the weight of a");
        foreach (var cut in new[] { 1, 6, 19 })
        {
            var sources = Enumerable.Range(0, 2).Select(source => whole.Take(cut).LastOrDefault(draw => draw.Source == source).Next
                ?? new SourcePosition(0, 0, 0, 0, 0)).ToArray();
            var rest = Keys(options, new DataPosition(cut, sources), 40 - cut);
            Assert.Equal(whole.Skip(cut).Select(draw => draw.Key), rest.Select(draw => draw.Key));
        }
    }

    [Fact]
    public void Pictures_are_read_below_the_root_and_a_missing_one_is_named_with_its_line()
    {
        var root = Directory.CreateDirectory(Path.Combine(folder, "pictures")).FullName;
        File.WriteAllBytes(Path.Combine(root, "1.png"), PngEncoder.Encode(TestImages.Noise(5, 4, 3, 1)));
        var path = Path.Combine(folder, "sft.jsonl");
        File.WriteAllText(path, "\n" + Line("1.png", "one") + "\r\n" + Line("2.png", "two") + "\n" + "{broken\n");
        var source = new SourceOptions { Shards = path, Root = root };
        var samples = SampleReader.ReadShards([path], new BadSamples()).ToArray();

        Assert.Equal(["sft.jsonl:2", "sft.jsonl:3", "sft.jsonl:4"], samples.Select(sample => sample.Key));
        var decoder = new DialogueDecoder(
            new ChatFormat(LanguageTokenizers.Bytes, ChatFormatKind.Warmup).Training,
            new ImageTiling(4, 1),
            tokensPerChunk: 2,
            context: 32,
            chunks: 2);
        var fields = new SampleFields(DialogueBatch.Layout(32, 2, 4));
        decoder.Decode(samples[0], source, 1, fields);
        Assert.Equal((1, 2 + 4), (fields.LengthOf("images"), fields.LengthOf("tokens")));
        var error = Assert.Throws<BadSampleException>(() => decoder.Decode(samples[1], source, 1, fields));
        Assert.Equal("missing image", error.Reason);
        Assert.Contains("2.png", error.Message);
        Assert.Equal("damaged JSON", Assert.Throws<BadSampleException>(() => decoder.Decode(samples[2], source, 1, fields)).Reason);
    }

    [Fact]
    public void A_vocabulary_is_learned_from_dialogues()
    {
        var source = Written("a", 20);
        var summary = TokenizerTraining.RunLanguage(source, 270, folder, _ => { }, CancellationToken.None);
        Assert.Equal((270, 20), (summary.VocabularySize, summary.Captions));
        Assert.True(LanguageTokenizers.Load(folder).Encode("How many red circles?").Count < 12);
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused()
        => Assert.Contains("nothing.jsonl", Assert.Throws<UserErrorException>(
            () => ShardOrder.Check(new SourceOptions { Shards = Path.Combine(folder, "nothing.jsonl") })).Message);

    private static List<(string Key, int Source, SourcePosition? Next)> Keys(DataOptions options, DataPosition start, int count)
    {
        using var sequence = new SampleSequence(options, seed: 3, start, new BadSamples());
        return [.. Enumerable.Range(0, count).Select(_ => sequence.Draw(CancellationToken.None))
            .Select(draw => (draw.Sample.Key, draw.Source.Index, (SourcePosition?)draw.Next))];
    }

    private SourceOptions Written(string name, int lines)
    {
        var path = Path.Combine(folder, name + ".jsonl");
        File.WriteAllLines(path, Enumerable.Range(0, lines).Select(line => Line(null, $"{line} red circles")));
        return new SourceOptions { Shards = path };
    }

    private static string Line(string? image, string answer)
        => JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["image"] = image,
            ["conversations"] = new[]
            {
                new { from = "human", value = "How many red circles?" }, new { from = "assistant", value = answer },
            },
        });
}

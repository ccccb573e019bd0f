using System.Text.Json;
using PerceptionEncoder.Evaluation.QuestionAnswering.Captions;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Recorded from the published evaluation of COCO captions and the Stanford tokeniser that it calls.</summary>
public class CaptionScoreGoldenTests
{
    private const double Tolerance = 1e-9;

    public static TheoryData<string> Cases { get; } = GoldenFolder.Cases("caption_metrics*.json");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Captions_fall_into_the_published_tokens(string name)
    {
        var root = Open(name);
        Assert.NotEqual(0, root.GetProperty("tokenise").GetArrayLength());
        Assert.All(root.GetProperty("tokenise").EnumerateArray(), item =>
        {
            Assert.Equal(item.GetProperty("ptb").GetString(), TreebankTokenizer.Treebank(item.GetProperty("text").GetString()!));
            Assert.Equal(item.GetProperty("tokens").GetString(), TreebankTokenizer.Tokenize(item.GetProperty("text").GetString()!));
        });
        var blank = root.GetProperty("blank_and_newline");
        Assert.All(blank.GetProperty("tokenised").EnumerateObject(), item => Assert.Equal(
            item.Value[0].GetString(),
            TreebankTokenizer.Tokenize(blank.GetProperty("captions")[int.Parse(item.Name)].GetString()!)));
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Captions_of_a_corpus_get_the_published_scores(string name)
    {
        var corpora = Open(name).GetProperty("corpora");
        Assert.NotEmpty(corpora.EnumerateObject());
        Assert.All(corpora.EnumerateObject(), corpus =>
        {
            string[] candidates = [.. Texts(corpus.Value, "candidates").Select(TreebankTokenizer.Tokenize)];
            string[][] references = [.. corpus.Value.GetProperty("references").EnumerateArray()
                .Select(own => own.EnumerateArray().Select(text => TreebankTokenizer.Tokenize(text.GetString()!)).ToArray())];
            Assert.Equal(Texts(corpus.Value, "tokenised_candidates"), candidates);
            Assert.Equal(
                corpus.Value.GetProperty("tokenised_references").EnumerateArray()
                    .Select(own => own.EnumerateArray().Select(text => text.GetString()!)),
                references);

            var cider = Cider.Score(candidates, references);
            Near(corpus.Value.GetProperty("CIDEr_per_image"), cider);
            Assert.Equal(corpus.Value.GetProperty("CIDEr").GetDouble(), cider.Average(), Tolerance);
            if (corpus.Value.TryGetProperty("CIDEr_sigma3", out var narrow))
            {
                Assert.Equal(narrow.GetDouble(), Cider.Score(candidates, references, sigma: 3).Average(), Tolerance);
            }

            Near(corpus.Value.GetProperty("BLEU"), Bleu.Score(candidates, references));
            var each = Bleu.ScoreEach(candidates, references);
            Near(corpus.Value.GetProperty("BLEU1_per_image"), Array.ConvertAll(each, own => own[0]));
            Near(corpus.Value.GetProperty("BLEU4_per_image"), Array.ConvertAll(each, own => own[3]));
            var rouge = RougeL.Score(candidates, references);
            Near(corpus.Value.GetProperty("ROUGE_L_per_image"), rouge);
            Assert.Equal(corpus.Value.GetProperty("ROUGE_L").GetDouble(), rouge.Average(), Tolerance);
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Single_captions_get_the_published_scores(string name)
    {
        var pairs = Open(name).GetProperty("pairs").GetProperty("items");
        Assert.NotEqual(0, pairs.GetArrayLength());
        Assert.All(pairs.EnumerateArray(), pair =>
        {
            string[] candidates = [pair.GetProperty("candidate").GetString()!, "p q r"];
            string[][] references = [Texts(pair, "references"), ["p q r s t", "p q"]];
            Assert.Equal(pair.GetProperty("CIDEr").GetDouble(), Cider.Score(candidates, references)[0], Tolerance);
            Near(pair.GetProperty("BLEU1_to_4"), Bleu.ScoreEach(candidates, references)[0]);
            Assert.Equal(pair.GetProperty("ROUGE_L").GetDouble(), RougeL.Score(candidates, references)[0], Tolerance);
        });
    }

    private static void Near(JsonElement expected, double[] actual)
    {
        double[] wanted = [.. expected.EnumerateArray().Select(value => value.GetDouble())];
        Assert.Equal(wanted.Length, actual.Length);
        Assert.All(wanted.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
    }

    private static JsonElement Open(string name)
    {
        GoldenFolder.SkipIfAbsent(name);
        return JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenFolder.Path, name))).RootElement;
    }

    private static string[] Texts(JsonElement item, string key)
        => [.. item.GetProperty(key).EnumerateArray().Select(text => text.GetString()!)];
}

using System.Text.Json;
using PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Recorded from lmms-eval, the official VQA script and Pix2Struct.</summary>
public class AnswerScoreGoldenTests
{
    private const double Exact = 1e-12;

    public static TheoryData<string> Cases { get; } = GoldenFolder.Cases("qa_metrics*.json");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Similar_answers_get_the_published_similarity(string name)
    {
        var anls = Open(name).GetProperty("anls");
        Each(anls, item =>
        {
            var (given, right) = (Text(item, "prediction"), Texts(item, "answers"));
            Assert.Equal(item.GetProperty("lmms_eval").GetDouble(), AnswerSimilarity.Score(given, right), Exact);
            if (item.GetProperty("pix2struct") is { ValueKind: JsonValueKind.Number } strict)
            {
                Assert.Equal(strict.GetDouble(), AnswerSimilarity.StrictScore(given, right), Exact);
            }
        });
        Assert.Equal(
            anls.GetProperty("mean_lmms_eval").GetDouble(),
            anls.GetProperty("items").EnumerateArray()
                .Average(item => AnswerSimilarity.Score(Text(item, "prediction"), Texts(item, "answers"))),
            Exact);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Chart_answers_are_right_within_a_twentieth(string name)
        => Each(Open(name).GetProperty("chartqa"), item => Assert.Equal(
            item.GetProperty("correct").GetBoolean(),
            RelaxedAccuracy.IsRight(Text(item, "prediction"), Text(item, "target"))));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Answers_are_brought_into_the_published_forms(string name)
        => Each(Open(name).GetProperty("vqa_normalise"), item =>
        {
            var text = Text(item, "text");
            Assert.Equal(Text(item, "punctuation"), AnswerForm.WithoutPunctuation(AnswerForm.Line(text)));
            Assert.Equal(Text(item, "official"), AnswerForm.Official(text));
            Assert.Equal(Text(item, "evalai"), AnswerForm.EvalAi(text));
        });

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Several_people_decide_how_right_an_answer_is(string name)
    {
        var recorded = Open(name).GetProperty("vqa_accuracy");
        Check("official_vqa", "mean_official", VqaAccuracy.Official);
        Check("vqav2_lmms", "mean_vqav2_lmms", VqaAccuracy.Score);
        Check("textvqa_lmms", "mean_textvqa_lmms", VqaAccuracy.EvalAi);

        void Check(string key, string mean, Func<string, IReadOnlyList<string>, double> score)
        {
            Each(recorded, item => Assert.Equal(
                item.GetProperty(key).GetDouble(),
                score(Text(item, "prediction"), Texts(item, "answers")),
                Exact));
            Assert.Equal(
                recorded.GetProperty(mean).GetDouble(),
                recorded.GetProperty("items").EnumerateArray().Average(item => score(Text(item, "prediction"), Texts(item, "answers"))),
                Exact);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Each_set_reads_letters_by_its_own_rule(string name)
    {
        var recorded = Open(name).GetProperty("multiple_choice");
        var options = Texts(recorded, "options");
        var letters = Enumerable.Range(0, options.Length).Select(index => (char)('A' + index)).ToArray();
        Each(recorded, item =>
        {
            var response = Text(item, "response");
            Assert.Equal(Text(item, "shared_abcd"), ChoiceLetter.Shared(response, "ABCD")?.ToString() ?? "");
            Assert.Equal(Text(item, "shared_default"), ChoiceLetter.Shared(response)?.ToString() ?? "");
            Assert.Equal(
                item.GetProperty("perceptiontest_index").GetInt32(),
                ChoiceLetter.PerceptionTest(response) is { } letter ? letter - 'A' : -1);
            Assert.Equal(Letters(item, "mvbench_correct_for"), letters.Where(letter => ChoiceLetter.IsRightForMvBench(response, letter)));
            Assert.Equal(Text(item, "ai2d_filtered"), ChoiceLetter.FilteredForAi2d(response));
            Assert.Equal(Letters(item, "ai2d_correct_for"), "ABCD".Where(letter => ChoiceLetter.IsRightForAi2d(response, letter)));
            Assert.Equal(item.GetProperty("egoschema").GetString(), ChoiceLetter.EgoSchema(response, options)?.ToString());
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Mme_takes_yes_and_no_by_their_first_characters_and_adds_up_categories(string name)
    {
        var recorded = Open(name).GetProperty("mme");
        Each(recorded, item => Assert.Equal(Text(item, "label"), MmeScore.Label(Text(item, "response"))));
        var score = MmeScore.Score(recorded.GetProperty("score").GetProperty("docs").EnumerateArray().Select(item => (
            Text(item, "category"),
            Text(item, "question_id"),
            MmeScore.IsRight(Text(item, "response"), Text(item, "answer")))));
        Assert.Equal(recorded.GetProperty("score").GetProperty("perception").GetDouble(), score["perception"], 1e-9);
        Assert.Equal(recorded.GetProperty("score").GetProperty("cognition").GetDouble(), score["cognition"], 1e-9);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Pope_counts_only_the_very_word(string name)
    {
        var recorded = Open(name).GetProperty("pope");
        var docs = recorded.GetProperty("docs").EnumerateArray().ToList();
        Assert.All(docs, item => Assert.Equal(
            item.GetProperty("score").GetDouble() == 1,
            PopeScore.IsRight(Text(item, "response"), Text(item, "answer"))));
        var score = PopeScore.Of([.. docs.Select(item => (Text(item, "response"), Text(item, "answer")))]);
        Assert.Equal(recorded.GetProperty("accuracy").GetDouble(), score.Accuracy, Exact);
        Assert.Equal(recorded.GetProperty("precision").GetDouble(), score.Precision, Exact);
        Assert.Equal(recorded.GetProperty("recall").GetDouble(), score.Recall, Exact);
        Assert.Equal(recorded.GetProperty("f1").GetDouble(), score.F1, Exact);
        Assert.Equal(recorded.GetProperty("yes_ratio").GetDouble(), score.YesRatio, Exact);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Boxes_are_found_in_answers_and_compared(string name)
    {
        var recorded = Open(name).GetProperty("refcoco");
        var pairs = new List<(AnswerBox Given, AnswerBox Right)>();
        Each(recorded, item =>
        {
            var (given, right) = (AnswerBox.Parse(Text(item, "response")), Box(item, "bbox"));
            pairs.Add((given, right));
            Assert.Equal(Box(item, "parsed"), given);
            Assert.Equal(item.GetProperty("iou").GetDouble(), right.Overlap(given), Exact);
            Assert.Equal(item.GetProperty("center").GetBoolean(), right.HasCentreOf(given));
        });
        foreach (var figure in recorded.GetProperty("aggregate").EnumerateObject())
        {
            var actual = pairs.Average(pair => figure.Name switch
            {
                "IoU" => pair.Right.Overlap(pair.Given),
                "Center_ACC" => pair.Right.HasCentreOf(pair.Given) ? 1 : 0,
                _ => pair.Right.Overlap(pair.Given) >= double.Parse(figure.Name.Split('@')[1]) ? 1 : 0,
            });
            Assert.Equal(figure.Value.GetDouble(), actual, Exact);
        }
    }

    private static void Each(JsonElement kind, Action<JsonElement> check)
    {
        var items = kind.GetProperty("items");
        Assert.NotEqual(0, items.GetArrayLength());
        Assert.All(items.EnumerateArray(), check);
    }

    private static JsonElement Open(string name)
    {
        GoldenFolder.SkipIfAbsent(name);
        return JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenFolder.Path, name))).RootElement;
    }

    private static string Text(JsonElement item, string key) => item.GetProperty(key).GetString()!;

    private static string[] Texts(JsonElement item, string key)
        => [.. item.GetProperty(key).EnumerateArray().Select(text => text.GetString()!)];

    private static char[] Letters(JsonElement item, string key) => [.. Texts(item, key).Select(letter => letter[0])];

    private static AnswerBox Box(JsonElement item, string key)
    {
        double[] sides = [.. item.GetProperty(key).EnumerateArray().Select(side => side.GetDouble())];
        return new AnswerBox(sides[0], sides[1], sides[2], sides[3]);
    }
}

using System.Text;
using System.Text.Json;
using PerceptionEncoder.Evaluation.QuestionAnswering;
using PerceptionEncoder.Evaluation.Reports;

namespace PerceptionEncoder.Tests.Evaluation.QuestionAnswering;

/// <summary>Small files of the published form of each set, with answers to them.</summary>
public sealed class PublishedQuestionSetsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("pe-questions-").FullName;
    private readonly List<string> said = [];

    [Theory]
    [InlineData(
        "docvqa", "val_v1.0_withQT.json",
        """{"data": [{"questionId": 7, "question": "q", "image": "documents/a.png", "answers": ["0.28", "x"]}]}""",
        "7", "0.28")]
    [InlineData(
        "infographicvqa", "infographicsVQA_val_v1.0_withQT.json",
        """{"data": [{"questionId": 7, "question": "q", "image_local_name": "1.jpeg", "answers": ["0.28"]}]}""",
        "7", "0.28")]
    [InlineData(
        "textvqa", "TextVQA_0.5.1_val.json",
        """{"data": [{"question_id": 3, "question": "q", "image_id": "ab", "answers": ["Nokia", "nokia", "the nokia", """
            + """ "nokia", "siemens"]}]}""",
        "3", "nokia")]
    [InlineData("chartqa", "test_human.json", """[{"imgname": "1.png", "query": "q", "label": "14"}]""", "test_human/0", "14.5")]
    [InlineData(
        "pope", "coco_pope_random.json",
        """{"question_id": 1, "image": "COCO_val2014_000000000001.jpg", "text": "Is there a dog?", "label": "yes"}""",
        "random/1", " Yes")]
    [InlineData(
        "ai2d", "questions/0.png.json",
        """{"imageName": "0.png", "questions": {"Which?": {"questionId": "0.png-0", "answerTexts": ["a", "b"], """
            + """ "correctAnswer": 1}}}""",
        "0.png-0", "B. it is")]
    [InlineData(
        "mmbench", "mmbench_dev_en.tsv",
        "index\tquestion\thint\tA\tB\tC\tanswer\tcategory\timage\n5\tWhich?\tnan\tx\ty\tnan\tB\tc\tAAAA",
        "5", "The answer is B")]
    [InlineData(
        "mvbench", "json/action_count.json",
        """[{"video": "1.mp4", "question": "q", "candidates": ["2", "3"], "answer": "3"}]""",
        "action_count/0", "(B) 3")]
    [InlineData(
        "perceptiontest", "mc_question_valid.json",
        """{"video_1": {"mc_question": [{"id": 4, "question": "q", "options": ["a", "b", "c"], "answer_id": 2}]}}""",
        "video_1/4", "C")]
    [InlineData(
        "refcoco", "refcoco_val.jsonl",
        """{"id": "1", "image": "a.jpg", "sent": "the dog", "bbox": [10, 20, 30, 40], "width": 100, "height": 50}""",
        "1", "[0.1, 0.4, 0.3, 0.7]")]
    public void A_published_list_is_read_and_its_right_answer_is_right(string set, string file, string list, string id, string answer)
    {
        Write(file, list);
        var figures = Score(set, (id, answer));
        Assert.True(figures.Values.First() >= 0.5, JsonSerializer.Serialize(figures));
        Assert.All(Score(set, (id, "zzzz")).Take(1), figure => Assert.Equal(0, figure.Value));
    }

    [Fact]
    public void Egoschema_counts_the_questions_with_a_published_answer_alone()
    {
        Write("questions.json", """
            [{"q_uid": "a", "question": "q", "option 0": "w", "option 1": "x", "option 2": "y", "option 3": "z", "option 4": "v"},
             {"q_uid": "b", "question": "q", "option 0": "w", "option 1": "x"}]
            """);
        Write("subset_answers.json", """{"a": 4}""");
        Assert.Equal(1, Score("egoschema", ("a", "(E)"))["accuracy"]);
        Assert.Contains("1 of 2 questions have no published answer", Assert.Single(said));
    }

    [Fact]
    public void Answers_of_several_people_stand_in_a_file_of_their_own()
    {
        Write("v2_OpenEnded_mscoco_val2014_questions.json", """
            {"data_subtype": "val2014", "questions": [{"question_id": 1, "image_id": 9, "question": "q"}]}
            """);
        Write("v2_mscoco_val2014_annotations.json", """
            {"annotations": [{"question_id": 1, "answer_type": "number", "answers": [
              {"answer": "two", "answer_id": 1}, {"answer": "2", "answer_id": 2}, {"answer": "3", "answer_id": 3}]}]}
            """);
        var figures = Score("vqav2", ("1", "2"));
        Assert.Equal(4.0 / 9, figures["accuracy"], 1e-12);      // of the other two, one, one and two agree
        Assert.Equal(figures["accuracy"], figures["accuracy/number"]);
        Assert.Equal(figures["accuracy"], Score("ok-vqa", ("1", "2"))["accuracy"]);
    }

    [Fact]
    public void Mme_has_a_folder_a_category_and_two_questions_a_picture()
    {
        Write("MME_Benchmark/count/questions_answers_YN/1.txt", "Is there one? Please answer yes or no.\tYes\nAre there two?\tNo\n");
        Write("MME_Benchmark/OCR/2.txt", "Is it a?\tYes\nIs it b?\tNo\n");
        Write("eval_tool/Your_Results/count.txt", "1.jpg\tIs there one?\tYes\n");
        var figures = Score("mme", ("count/1/1", "yes."), ("count/1/2", "No"), ("OCR/2/1", "yes"), ("OCR/2/2", "yes"));
        Assert.Equal(200, figures["count_points"]);
        Assert.Equal(50, figures["OCR_points"]);
        Assert.Equal(250, figures["perception_points"]);
    }

    [Fact]
    public void Objects_asked_for_in_three_files_have_figures_of_their_own()
    {
        foreach (var part in (string[])["random", "popular"])
        {
            Write($"coco_pope_{part}.json", """{"question_id": 1, "image": "a.jpg", "text": "q", "label": "no"}""");
        }

        var figures = Score("pope", ("random/1", "no"), ("popular/1", "yes"));
        Assert.Equal((0.5, 1, 0), (figures["accuracy"], figures["accuracy/random"], figures["accuracy/popular"]));
        Assert.Contains("has no answer to question", Fails("pope", ("1", "no")));
        File.Delete(Path.Combine(root, "set", "coco_pope_popular.json"));
        Assert.Equal(1, Score("pope", ("1", "no"))["accuracy"]);      // one file alone needs no name before its ids
        Assert.Contains("is answered a second time", Fails("pope", ("1", "no"), ("random/1", "no")));
    }

    [Theory]
    [InlineData(
        "coco", "captions_val2017.json",
        """{"images": [{"id": 1, "file_name": "1.jpg"}, {"id": 2, "file_name": "2.jpg"}], """
            + """ "annotations": [{"image_id": 1, "caption": "A red dog."}, {"image_id": 2, "caption": "two cats"}]}""",
        "1", "2")]
    [InlineData(
        "coco", "dataset_coco.json",
        """{"images": [{"filename": "1.jpg", "split": "val", "cocoid": 1, "sentences": [{"raw": "A red dog."}]}, """
            + """{"filename": "2.jpg", "split": "val", "cocoid": 2, "sentences": [{"raw": "two cats"}]}, {"filename": "3.jpg", """
            + """ "split": "train", "sentences": []}]}""",
        "1", "2")]
    [InlineData("flickr30k", "results_20130124.token", "1.jpg#0\tA red dog .\n1.jpg#1\ta dog\n2.jpg#0\ttwo cats\n", "1", "2")]
    [InlineData("flickr8k", "captions.txt", "image,caption\n1.jpg,A red dog .\n2.jpg,\"two cats\"\n", "1", "2")]
    public void References_of_captions_are_read_from_each_published_form(string set, string file, string list, string first, string second)
    {
        Write(file, list);
        var figures = Score(set, (first, "a red dog"), (second, "two cats"));
        Assert.Equal(1, figures["ROUGE_L"], 1e-9);
        Assert.True(figures["CIDEr"] > 1);
        Assert.True(Score(set, (first, "two cats"), (second, "a red dog"))["CIDEr"] < 0.1);
    }

    [Fact]
    public void Boxes_of_the_published_pickle_are_those_of_its_instances()
    {
        Write("instances.json", """
            {"images": [{"id": 5, "file_name": "a.jpg", "width": 100, "height": 50}],
             "annotations": [{"id": 6, "bbox": [10, 20, 20, 20]}]}
            """);

        // pickle.dumps([{...}], protocol=0) of one reference with one sentence, as Python 2 wrote it.
        Write("refs(unc).p", "(lp0\n(dp1\nS'ref_id'\nI1\nsS'ann_id'\nI6\nsS'image_id'\nI5\nsS'split'\nS'testA'\n"
            + "sS'sentences'\n(lp2\n(dp3\nS'sent_id'\nI8\nsS'sent'\nS'the dog'\nsasa.");
        var figures = Score("refcoco", "testA", ("8", "[100,400,300,800]"));
        Assert.Equal((1, 1), (figures["accuracy@0.5"], figures["mean_iou"]));
    }

    [Fact]
    public void A_question_answered_twice_or_not_at_all_is_named()
    {
        Write("qa.jsonl", """
            {"question_id": 1, "question": "q", "answers": ["a"]}
            {"question_id": 2, "question": "q", "answers": ["b"]}
            """);
        Assert.Contains("has no answer to question 2", Fails("chartqa", ("1", "a")));
        Assert.Contains("answers.jsonl:2: question 1 is answered a second time", Fails("chartqa", ("1", "a"), ("1", "b")));
        Score("chartqa", ("1", "a"), ("2", ""), ("3", "c"));
        Assert.Contains("1 answers are to questions that are not in the set", Assert.Single(said));
    }

    [Fact]
    public void An_answer_without_text_and_a_line_that_is_no_json_are_named_with_their_line()
    {
        Write("qa.jsonl", """{"question_id": 1, "question": "q", "answers": ["a"]}""");
        File.WriteAllText(Answers, "\n{\"question_id\": 1, \"answer\": null}\n");
        Assert.Contains("answers.jsonl:2: has no \"answer\"", Fails("chartqa"));
        File.WriteAllText(Answers, "{\"question_id\": 1,\n");
        Assert.Contains("answers.jsonl:1: is no JSON", Fails("chartqa"));
    }

    [Theory]
    [InlineData("unknown", "q.jsonl", "{}", "begins with the name of no known set")]
    [InlineData("docvqa", "readme.md", "", "holds no published list of docvqa")]
    [InlineData("docvqa", "val_v1.0.json", """{"data": [{"questionId": 1, "question": "q", "image": "a.png"}]}""", "has an answer")]
    [InlineData("docvqa", "val_v1.0.json", """{"data": [{"question": "q", "image": "a.png"}]}""", "data[0]: has no \"questionId\"")]
    [InlineData("vqav2", "questions.json", """{"q": 1}""", "has no list \"questions\"")]
    [InlineData(
        "mvbench", "a.json",
        """[{"video": "v", "question": "q", "candidates": ["x"], "answer": "y"}]""",
        "is none of its 1 options")]
    public void A_set_that_is_not_as_published_is_refused_in_one_line(string set, string file, string text, string message)
    {
        Write(file, text);
        Assert.Contains(message, Fails(set, ("1", "a")));
    }

    [Fact]
    public void Scored_answers_are_written_so_that_they_can_be_scored_again_and_the_page_shows_the_worst_first()
    {
        Write("qa.jsonl", """
            {"question_id": 1, "question": "first <q>", "answers": ["a"]}
            {"question_id": 2, "question": "second", "answers": ["b"]}
            """);
        var (kept, page) = (Path.Combine(root, "kept.jsonl"), Path.Combine(root, "page.html"));
        WriteAnswers(("1", "a"), ("2", "x"));
        var run = Plan("chartqa", null) with { Output = kept, Page = page };
        var first = Assert.Single(Run(run)).Result;
        Assert.Equal(first.Metrics, Assert.Single(Run(run with { Predictions = kept, Output = null })).Result.Metrics);
        Assert.Equal(0, JsonDocument.Parse(File.ReadLines(kept).Last()).RootElement.GetProperty("score").GetDouble());
        var text = File.ReadAllText(page);
        Assert.True(text.IndexOf("second", StringComparison.Ordinal) < text.IndexOf("first &lt;q&gt;", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string Answers => Path.Combine(root, "answers.jsonl");

    private string Fails(string set, params (string Id, string Answer)[] answers)
    {
        if (answers.Length > 0)
        {
            WriteAnswers(answers);
        }

        return Assert.Single(Assert.Throws<UserErrorException>(() => Run(Plan(set, null))).Lines);
    }

    private IReadOnlyDictionary<string, double> Score(string set, params (string Id, string Answer)[] answers)
        => Score(set, null, answers);

    private IReadOnlyDictionary<string, double> Score(string set, string? split, params (string Id, string Answer)[] answers)
    {
        WriteAnswers(answers);
        var result = Assert.Single(Run(Plan(set, split))).Result;
        Assert.Equal(set, result.Dataset);
        return result.Metrics;
    }

    private IReadOnlyList<EvaluationReport> Run(QuestionAnsweringRun run)
    {
        IReadOnlyList<EvaluationReport> results = [];
        run.Run(said.Add, null, reports => results = reports, CancellationToken.None);
        return results;
    }

    private QuestionAnsweringRun Plan(string set, string? split)
        => new() { Sets = [$"{set}={Path.Combine(root, "set")}"], Split = split, Predictions = Answers };

    private void WriteAnswers(params (string Id, string Answer)[] answers) => File.WriteAllText(
        Answers,
        string.Concat(answers.Select(answer => JsonSerializer.Serialize(new { question_id = answer.Id, answer = answer.Answer }) + "\n")));

    private void Write(string name, string text)
    {
        var path = Path.Combine(root, "set", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, new UTF8Encoding(false));
    }
}

using PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;
using PerceptionEncoder.Evaluation.QuestionAnswering.Scores;
using PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>The sets that are known.</summary>
internal static class PublishedQuestionSets
{
    private const string Accuracy = "accuracy";

    private static readonly QuestionListForm PlainForm = new(
        name => name.EndsWith(".jsonl", StringComparison.Ordinal),
        (files, list, _) => DocumentQuestions.Plain(files, list));

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<QuestionSetKind> All { get; } =
    [
        Document("docvqa", [], Json("_v1.0"), Similarity(), 32),
        Document("infovqa", ["infographicvqa", "infographicsvqa"], Json("_v1.0"), Similarity(), 32),
        Document(
            "textvqa",
            [],
            Json("textvqa"),
            new MeanMetric(Accuracy, answer => VqaAccuracy.EvalAi(answer.Text, answer.Question.Answers)),
            16),
        new()
        {
            Name = "chartqa",
            Split = "test",
            Forms =
            [
                new(
                    name => Ends(name, "_human.json") || Ends(name, "_augmented.json"),
                    (files, list, _) => DocumentQuestions.Charts(files, list),
                    IsSplit: true),
                PlainForm,
            ],
            Prompt = QuestionPrompts.Phrase,
            Metric = new MeanMetric(
                "relaxed_accuracy",
                answer => answer.Question.Answers.Max(right => RelaxedAccuracy.IsRight(answer.Text, right) ? 1 : 0)),
        },
        Photo("vqav2", ["vqa"], new MeanMetric(
            Accuracy,
            answer => VqaAccuracy.Score(answer.Text, answer.Question.Answers),
            ("official_accuracy", answer => VqaAccuracy.Official(answer.Text, answer.Question.Answers)))),
        Photo("okvqa", [], new MeanMetric(Accuracy, answer => VqaAccuracy.EvalAi(answer.Text, answer.Question.Answers))),
        new()
        {
            Name = "pope",
            Split = "",
            Forms =
            [
                new(
                    name => Named(name, "pope") && (Ends(name, ".json") || Ends(name, ".jsonl")),
                    (files, list, _) => YesNoQuestions.Objects(files, list),
                    IsSplit: true),
                PlainForm,
            ],
            Prompt = QuestionPrompts.Phrase,
            MaxNewTokens = 128,
            Metric = new PopeMetric(),
        },
        new()
        {
            Name = "mme",
            Split = "",
            Forms =
            [
                new(name => Ends(name, ".txt") && !Within(name, "eval_tool"), Pairs, IsSplit: true),
                new(name => Ends(name, ".txt") && Within(name, "Your_Results"), Pairs, IsSplit: true),
            ],
            Prompt = QuestionPrompts.YesOrNo,
            Metric = new MmeMetric(),
        },
        Choice("ai2d", [], new(name => Ends(name, ".json") && Within(name, "questions"), Diagrams, true), answer
            => ChoiceLetter.IsRightForAi2d(answer.Text, Right(answer))),
        Choice("mmbench", [], new(name => Ends(name, ".tsv"), (files, list, _) => ChoiceQuestions.Benchmark(files, list)), answer
            => ChoiceLetter.Shared(answer.Text, Letters(answer)) == Right(answer)),
        Choice("mvbench", [], new(name => Ends(name, ".json"), (files, list, _) => ChoiceQuestions.Clips(files, list), true)),
        Choice("perceptiontest", [], new(
            name => (Named(name, "mc_question") || Named(name, "all_")) && Ends(name, ".json"),
            (files, list, _) => ChoiceQuestions.Perception(files, list)), answer
            => ChoiceLetter.PerceptionTest(answer.Text) == Right(answer)),
        Choice("egoschema", [], Json("questions", (files, list, _) => ChoiceQuestions.Ego(files, list)), answer
            => ChoiceLetter.EgoSchema(answer.Text, answer.Question.Options) == Right(answer)),
        Captions("coco", [], "val"),
        Captions("nocaps", [], "val"),
        Captions("flickr", [], "test"),
        new()
        {
            Name = "refcoco",
            Split = "val",
            Forms =
            [
                new(name => Ends(name, "(unc).p") || Ends(name, "(umd).p"), RegionQuestions.Published),
                new(name => Ends(name, ".p"), RegionQuestions.Published),
                new(name => Ends(name, ".jsonl"), (files, list, _) => RegionQuestions.Plain(files, list)),
            ],
            Prompt = QuestionPrompts.Region,
            MaxNewTokens = 64,
            Metric = new BoxMetric(),
        },
        new()
        {
            Name = "exact",
            Aliases = ["scenes", "scenequestions"],
            Split = "test",
            Forms = [PlainForm],
            Prompt = QuestionPrompts.Plain,
            Metric = new MeanMetric(Accuracy, answer => answer.Question.Answers.Any(right
                => string.Equals(right.Trim(), answer.Text.Trim(), StringComparison.OrdinalIgnoreCase)) ? 1 : 0),
        },
    ];

    /// <summary>The kind of a set by its name, such as <c>chartqa-sample</c>; null where it begins with none.</summary>
    public static QuestionSetKind? Find(string name)
    {
        var plain = string.Concat(name.ToLowerInvariant().Where(char.IsLetterOrDigit));
        return All.SelectMany(kind => kind.Aliases.Prepend(kind.Name).Select(alias => (kind, alias)))
            .Where(entry => plain.StartsWith(entry.alias, StringComparison.Ordinal))
            .OrderByDescending(entry => entry.alias.Length)
            .Select(entry => entry.kind)
            .FirstOrDefault();
    }

    private static QuestionSetKind Document(
        string name, IReadOnlyList<string> aliases, QuestionListForm form, AnswerMetric metric, int tokens) => new()
        {
            Name = name,
            Aliases = aliases,
            Split = "val",
            Forms = [form, PlainForm],
            Prompt = QuestionPrompts.Phrase,
            MaxNewTokens = tokens,
            Metric = metric,
        };

    private static QuestionSetKind Photo(string name, IReadOnlyList<string> aliases, AnswerMetric metric) => new()
    {
        Name = name,
        Aliases = aliases,
        Split = "val2014",
        Forms = [new(PhotoQuestions.IsList, (files, list, _) => PhotoQuestions.Read(files, list)), PlainForm],
        Prompt = QuestionPrompts.Phrase,
        Metric = metric,
    };

    private static QuestionSetKind Captions(string name, IReadOnlyList<string> aliases, string split) => new()
    {
        Name = name,
        Aliases = aliases,
        Split = split,
        Forms =
        [
            new(name => Named(name, "dataset_") && Ends(name, ".json"), CaptionQuestions.Split),
            new(
                name => (Named(name, "captions") || Named(name, "nocaps")) && Ends(name, ".json"),
                (files, list, _) => CaptionQuestions.Published(files, list)),
            new(
                name => Ends(name, ".token") || Ends(name, ".token.txt") || Ends(name, "captions.txt"),
                (files, list, _) => CaptionQuestions.Tokens(files, list)),
            PlainForm,
        ],
        Prompt = QuestionPrompts.Caption,
        MaxNewTokens = 64,
        Metric = new CaptionMetric(),
    };

    private static QuestionSetKind Choice(
        string name, IReadOnlyList<string> aliases, QuestionListForm form, Func<GivenAnswer, bool>? isRight = null) => new()
        {
            Name = name,
            Aliases = aliases,
            Split = "val",
            Forms = [form, PlainForm],
            Prompt = isRight is null ? QuestionPrompts.Best : QuestionPrompts.Choice,
            Metric = new MeanMetric(Accuracy, answer => isRight is null ? MvBench(answer) : isRight(answer) ? 1 : 0),
        };

    /// <summary>MVBench leaves empty answers out of the mean.</summary>
    private static double? MvBench(GivenAnswer answer)
        => answer.Text.Length == 0 ? null : ChoiceLetter.IsRightForMvBench(answer.Text, Right(answer)) ? 1 : 0;

    private static MeanMetric Similarity() => new(
        "anls",
        answer => AnswerSimilarity.Score(answer.Text, answer.Question.Answers),
        ("anls_strict", answer => AnswerSimilarity.StrictScore(answer.Text, answer.Question.Answers)));

    private static IEnumerable<VisualQuestion> Diagrams(QuestionFiles files, string list, string split)
        => ChoiceQuestions.TestDiagrams(files)?.Contains(Path.GetFileName(list).Split('.')[0]) == false
            ? []
            : ChoiceQuestions.Diagrams(files, list);

    private static IEnumerable<VisualQuestion> Pairs(QuestionFiles files, string list, string split) => YesNoQuestions.Pairs(files, list);

    private static QuestionListForm Json(string part, Func<QuestionFiles, string, string, IEnumerable<VisualQuestion>>? read = null)
        => new(
            name => Named(name, part) && Ends(name, ".json"),
            read ?? ((files, list, _) => DocumentQuestions.Published(files, list)));

    private static string Letters(GivenAnswer answer)
        => string.Concat(answer.Question.Options.Select((_, index) => VisualQuestion.Letter(index)));

    private static char Right(GivenAnswer answer) => answer.Question.Answers[0][0];

    private static bool Ends(string name, string ending) => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    private static bool Named(string name, string part)
        => name[(name.LastIndexOf('/') + 1)..].Contains(part, StringComparison.OrdinalIgnoreCase);

    private static bool Within(string name, string folder)
        => $"/{name}".Contains($"/{folder}/", StringComparison.OrdinalIgnoreCase);
}

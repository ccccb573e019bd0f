namespace PerceptionEncoder.Tools.Scenes.Questions;

/// <summary>
/// Draws questions about scenes. The answer is settled first, in turn, then the words of the question without a look at it, and only then
/// a scene that makes the answer right: who does not see the picture can do no better than guess among the answers of the kind.
/// </summary>
public static class SceneQuestions
{
    /// <summary>Of training; the test has the next, or question and answer of an index would be the same in both.</summary>
    private const ulong Stream = 5;

    private static readonly int Backgrounds = Enum.GetValues<SceneBackground>().Length;
    private static readonly SceneRelation[] Relations = Enum.GetValues<SceneRelation>();
    private static readonly SceneQuestionKind[] Kinds = Enum.GetValues<SceneQuestionKind>();

    /// <summary>The answers of each kind, all equally frequent.</summary>
    public static IReadOnlyDictionary<SceneQuestionKind, IReadOnlyList<string>> Answers { get; }
        = new Dictionary<SceneQuestionKind, IReadOnlyList<string>>
        {
            [SceneQuestionKind.Count] = [.. Enumerable.Range(1, 4).Select(SceneWords.Of)],
            [SceneQuestionKind.Color] = [.. Enum.GetValues<SceneColor>().Select(SceneWords.Of)],
            [SceneQuestionKind.Place] = [.. Enum.GetValues<ScenePlace>().Select(SceneWords.Phrase)],
            [SceneQuestionKind.Relation] = [.. Relations.Select(PairScene.Forwards), .. Relations.Select(PairScene.Backwards)],
            [SceneQuestionKind.YesNo] = ["yes", "no"],
        };

    /// <summary>Share of right answers of who guesses, of all kinds together.</summary>
    public static double Prior { get; } = Answers.Values.Average(answers => 1.0 / answers.Count);

    /// <summary>
    /// Questions in this number, or a multiple of it, hold every answer of every kind equally often.
    /// </summary>
    public static int Cycle { get; } = Kinds.Length * 120;

    /// <summary>Draws a question: the same seed and index give the same.</summary>
    /// <param name="seed">Seed of the set.</param>
    /// <param name="index">Number of the question in it; it settles kind and answer.</param>
    /// <param name="split">Side of <see cref="SplitOf"/> that the scene is of.</param>
    public static SceneQuestion Draw(ulong seed, long index, SceneSplit split)
    {
        var kind = Kinds[index % Kinds.Length];
        var answer = (int)(index / Kinds.Length % Answers[kind].Count);
        var draw = new SceneQuestionDraw(new SceneRandom(seed, Stream + (ulong)split, (ulong)index), split);
        var (text, scene) = kind switch
        {
            SceneQuestionKind.Count => draw.Count(answer + 1),
            SceneQuestionKind.Color => draw.Color((SceneColor)answer),
            SceneQuestionKind.Place => draw.Place((ScenePlace)answer),
            SceneQuestionKind.Relation => draw.Relation(answer),
            _ => draw.YesNo(answer == 0),
        };
        return new SceneQuestion(kind, text, Answers[kind][answer], scene);
    }

    /// <summary>
    /// Training or test. What is asked for plays no part in it, so that of every question all answers occur on both sides: of a shape one
    /// of six combinations of size and background is held out, of two shapes, or of several equal objects, one of three backgrounds.
    /// </summary>
    internal static SceneSplit SplitOf(SceneDescription scene)
    {
        var (key, variant, variants) = scene switch
        {
            SingleScene single => ($"{single.Object.Shape}", ((int)single.Size * Backgrounds) + (int)single.Background, 2 * Backgrounds),
            PairScene pair => (ShapesOf(pair), (int)pair.Background, Backgrounds),
            CountScene count => ($"{count.Object}", (int)count.Background, Backgrounds),
            _ => throw new ArgumentException($"No questions are asked of {scene.GetType().Name}.", nameof(scene)),
        };
        return SceneRandom.Hash(key) % (ulong)variants == (ulong)variant ? SceneSplit.Test : SceneSplit.Train;
    }

    private static string ShapesOf(PairScene pair)
    {
        var (first, second) = (pair.First.Shape, pair.Second.Shape);
        return $"{(first < second ? first : second)} {(first < second ? second : first)}";
    }
}

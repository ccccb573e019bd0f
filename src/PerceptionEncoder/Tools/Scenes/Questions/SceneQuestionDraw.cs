namespace PerceptionEncoder.Tools.Scenes.Questions;

/// <summary>Draws the words of a question, without a look at its answer, and a scene that makes the answer right.</summary>
/// <param name="random">Of the question alone.</param>
/// <param name="split">Side of the split that the scene is of.</param>
internal sealed class SceneQuestionDraw(SceneRandom random, SceneSplit split)
{
    private static readonly SceneRelation[] Relations = Enum.GetValues<SceneRelation>();
    private static readonly string[] CountWords = ["how many objects are there?", "how many shapes are in the picture?"];
    private SceneRandom random = random;

    /// <summary>Of so many objects.</summary>
    public (string Text, SceneDescription Scene) Count(int count)
    {
        var text = random.Pick(CountWords);
        return (text, Until(() => count == 1 ? Single(random.Pick(SceneObject.All))
            : count == 2 && Toss() ? AnyPair(random.Pick(SceneObject.OfPairs))
            : new CountScene(random.Pick(SceneObject.All), count, random.Pick<SceneBackground>())));
    }

    /// <summary>Of a colour.</summary>
    public (string Text, SceneDescription Scene) Color(SceneColor color)
    {
        var asked = new SceneObject(color, random.Pick<SceneShape>());
        return ($"what colour is the {SceneWords.Of(asked.Shape)}?", Until(() =>
        {
            if (!SceneObject.OfPairs.Contains(asked) || Toss())
            {
                return Single(asked);
            }

            var other = Beside(asked);
            while (other.Shape == asked.Shape)
            {
                other = Beside(asked);
            }

            return Pair(asked, random.Below(2 * Relations.Length), other);
        }));
    }

    /// <summary>Of the place of one object.</summary>
    public (string Text, SceneDescription Scene) Place(ScenePlace place)
    {
        var what = random.Pick(SceneObject.All);
        return ($"where is the {what}?", Until(() => Single(what) with { Place = place }));
    }

    /// <summary>Of how one object lies to another.</summary>
    /// <param name="answer">Index of the relation: forwards, then backwards.</param>
    public (string Text, SceneDescription Scene) Relation(int answer)
    {
        var asked = random.Pick(SceneObject.OfPairs);
        var other = Beside(asked);
        return ($"where is the {asked}, seen from the {other}?", Until(() => Pair(asked, answer, other)));
    }

    /// <summary>Of a statement that is true, or false.</summary>
    public (string Text, SceneDescription Scene) YesNo(bool isTrue) => Toss() ? IsThere(isTrue) : Stands(isTrue);

    private (string Text, SceneDescription Scene) IsThere(bool isTrue)
    {
        var asked = random.Pick(SceneObject.OfPairs);
        return ($"is there a {asked}?", Until(() =>
        {
            var shown = asked;

            // What is there instead shares colour or shape with what is asked for, so that neither alone tells.
            while (!isTrue && (shown == asked || (shown.Color != asked.Color && shown.Shape != asked.Shape)))
            {
                shown = random.Pick(SceneObject.OfPairs);
            }

            if (Toss())
            {
                return Single(shown);
            }

            var beside = Beside(shown);
            while (beside == asked)
            {
                beside = Beside(shown);
            }

            return Pair(shown, random.Below(2 * Relations.Length), beside);
        }));
    }

    private (string Text, SceneDescription Scene) Stands(bool isTrue)
    {
        var asked = random.Pick(SceneObject.OfPairs);
        var (other, relations) = (Beside(asked), SceneQuestions.Answers[SceneQuestionKind.Relation]);
        var claimed = random.Below(relations.Count);

        // Half of what is false is the other way round.
        return ($"is the {asked} {relations[claimed]} the {other}?", Until(() => Pair(
            asked,
            isTrue ? claimed : (claimed + (Toss() ? Relations.Length : 1 + random.Below(relations.Count - 1))) % relations.Count,
            other)));
    }

    private SceneDescription Until(Func<SceneDescription> draw)
    {
        SceneDescription scene;
        do
        {
            scene = draw();
        }
        while (SceneQuestions.SplitOf(scene) != split);
        return scene;
    }

    private bool Toss() => random.Below(2) == 0;

    private SingleScene Single(SceneObject what)
        => new(what, random.Pick<SceneSize>(), random.Pick<ScenePlace>(), random.Pick<SceneBackground>());

    private PairScene AnyPair(SceneObject one) => Pair(one, random.Below(2 * Relations.Length), Beside(one));

    /// <summary>A scene in which one object lies to another as one of the relations' answers says.</summary>
    private PairScene Pair(SceneObject asked, int answer, SceneObject other)
    {
        var (relation, background) = (Relations[answer % Relations.Length], random.Pick<SceneBackground>());
        return answer < Relations.Length
            ? new PairScene(asked, relation, other, background)
            : new PairScene(other, relation, asked, background);
    }

    /// <summary>Something that may stand beside an object: of another colour.</summary>
    private SceneObject Beside(SceneObject than)
    {
        var other = random.Pick(SceneObject.OfPairs);
        while (other.Color == than.Color)
        {
            other = random.Pick(SceneObject.OfPairs);
        }

        return other;
    }
}

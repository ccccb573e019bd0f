using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.Scenes;

/// <summary>Draws scenes: the same seed and index give the same scene, picture and caption, in any order and on any thread.</summary>
public static class SceneGenerator
{
    /// <summary>Side of a picture in pixels where none is asked for.</summary>
    public const int DefaultSize = 64;

    private const ulong DescriptionStream = 1;
    private const ulong PictureStream = 2;

    /// <summary>Draws a scene of the wanted side of the split. Half of the scenes are pairs, most others single objects.</summary>
    /// <param name="seed">Seed of the set.</param>
    /// <param name="index">Number of the scene in it.</param>
    /// <param name="split">Side of the split.</param>
    /// <param name="size">Side of the picture in pixels.</param>
    public static Scene Generate(ulong seed, long index, SceneSplit split = SceneSplit.Train, int size = DefaultSize)
        => Render(Describe(seed, index, split), seed, index, size);

    /// <summary>Draws a picture of <paramref name="description"/> and picks one of its captions.</summary>
    /// <param name="description">What to show.</param>
    /// <param name="seed">Seed of the set.</param>
    /// <param name="index">Number of the picture in it.</param>
    /// <param name="size">Side in pixels.</param>
    public static Scene Render(SceneDescription description, ulong seed, long index, int size = DefaultSize)
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var random = new SceneRandom(seed, PictureStream, (ulong)index);
        var caption = random.Pick(description.Captions);
        var canvas = new Canvas(size, size, ScenePalette.Shade(description.Background, ref random));
        foreach (var shape in description.Arrange(ref random))
        {
            shape.PaintOn(canvas, ScenePalette.Shade(shape.Object.Color, ref random));
        }

        return new Scene(description, canvas.ToImage(), caption);
    }

    internal static SceneDescription Describe(ulong seed, long index, SceneSplit split)
    {
        var random = new SceneRandom(seed, DescriptionStream, (ulong)index);
        SceneDescription description;
        do
        {
            description = random.Below(12) switch
            {
                < 6 => DrawPair(ref random),
                < 11 => DrawSingle(random.Pick(SceneObject.All), ref random),
                _ => new CountScene(random.Pick(SceneObject.All), 2 + random.Below(3), random.Pick<SceneBackground>()),
            };
        }
        while (description.Split != split);
        return description;
    }

    /// <summary>A test description with one object, a given one.</summary>
    internal static SingleScene TestSingle(SceneObject what, ulong seed, long index)
    {
        var random = new SceneRandom(seed, DescriptionStream, (ulong)index);
        SingleScene scene;
        do
        {
            scene = DrawSingle(what, ref random);
        }
        while (scene.Split != SceneSplit.Test);
        return scene;
    }

    private static SingleScene DrawSingle(SceneObject what, ref SceneRandom random)
        => new(what, random.Pick<SceneSize>(), random.Pick<ScenePlace>(), random.Pick<SceneBackground>());

    private static PairScene DrawPair(ref SceneRandom random)
    {
        var (first, second) = (random.Pick(SceneObject.OfPairs), random.Pick(SceneObject.OfPairs));
        while (second.Color == first.Color)
        {
            second = random.Pick(SceneObject.OfPairs);
        }

        // Inside is the rarest: the sizes give it away, while left and above are what the order of words is learned from.
        var relation = random.Below(5) switch
        {
            < 2 => SceneRelation.LeftOf,
            < 4 => SceneRelation.Above,
            _ => SceneRelation.Inside,
        };
        return new PairScene(first, relation, second, random.Pick<SceneBackground>());
    }
}

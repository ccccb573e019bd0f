namespace PerceptionEncoder.Tools.Scenes;

/// <summary>One class of the relations set: two objects in one order, and every held-out scene that shows them so.</summary>
/// <param name="Name">Such as "a red circle left of a blue square".</param>
/// <param name="Scenes">At least one; they differ in background.</param>
internal sealed record RelationClass(string Name, IReadOnlyList<PairScene> Scenes)
{
    private const int ObjectPairs = 6;
    private static readonly SceneRelation[] Axes = [SceneRelation.LeftOf, SceneRelation.Above];

    /// <summary>Six pairs of objects, four classes each: side by side and one above the other, both ways round.</summary>
    public static IReadOnlyList<RelationClass> All { get; } =
    [
        .. Candidates().Take(ObjectPairs)
            .SelectMany(pair => Axes.SelectMany(axis => new[] { Of(pair.First, axis, pair.Second), Of(pair.Second, axis, pair.First) })),
    ];

    /// <summary>
    /// Pairs that differ in colour and shape and have held-out scenes on both axes, in an order that is arbitrary but always the same.
    /// </summary>
    private static IEnumerable<(SceneObject First, SceneObject Second)> Candidates()
        => from first in SceneObject.OfPairs
           from second in SceneObject.OfPairs
           where first.Color < second.Color && first.Shape != second.Shape
           where Axes.All(axis => Of(first, axis, second).Scenes.Count > 0)
           orderby SceneRandom.Hash($"{first}, {second}")
           select (first, second);

    private static RelationClass Of(SceneObject first, SceneRelation axis, SceneObject second)
    {
        var scenes = Enum.GetValues<SceneBackground>().Select(background => new PairScene(first, axis, second, background)).ToArray();
        return new RelationClass(scenes[0].Statement, [.. scenes.Where(scene => scene.Split == SceneSplit.Test)]);
    }
}

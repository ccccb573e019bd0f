namespace PerceptionEncoder.Tools.Scenes;

/// <summary>
/// Two objects of different colours: "a red circle left of a blue square on a white background". Only the order of words tells it from its
/// mirror.
/// </summary>
/// <param name="First">The one that is left of, above or inside the other.</param>
/// <param name="Relation">How the first stands to the second.</param>
/// <param name="Second">The other.</param>
/// <param name="Background">Colour of the background.</param>
internal sealed record PairScene(SceneObject First, SceneRelation Relation, SceneObject Second, SceneBackground Background)
    : SceneDescription(Background)
{
    /// <summary>The same with the objects changed over.</summary>
    public PairScene Mirrored => this with { First = Second, Second = First };

    /// <summary>The relation alone: "a red circle left of a blue square".</summary>
    public string Statement => $"a {First} {Words(Relation).Forwards} a {Second}";

    /// <summary>How the first object lies to the second: "left of".</summary>
    public static string Forwards(SceneRelation relation) => Words(relation).Forwards;

    /// <summary>How the second object lies to the first: "right of".</summary>
    public static string Backwards(SceneRelation relation) => Words(relation).Backwards;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Captions
    {
        get
        {
            var (words, inverse) = Words(Relation);

            // Seldom the other way round: said both ways equally often, order means nothing without the word between, and a run of minutes
            // does not get there.
            return
            [
                $"a {SceneWords.Of(First.Color)} shape {words} a {SceneWords.Of(Second.Color)} shape",
                Statement,
                Relation switch
                {
                    SceneRelation.LeftOf => $"on the left a {First}, on the right a {Second}",
                    SceneRelation.Above => $"at the top a {First}, at the bottom a {Second}",
                    _ => $"in the middle a {First}, around it a {Second}",
                },
                $"a {Second} {inverse} a {First} {OnBackground}",
                $"{Statement} {OnBackground}",
            ];
        }
    }

    /// <inheritdoc/>
    protected override string SplitKey
        => string.CompareOrdinal(First.ToString(), Second.ToString()) < 0 ? FullCaption : Mirrored.FullCaption;

    internal override IReadOnlyList<PlacedShape> Arrange(ref SceneRandom random)
    {
        if (Relation == SceneRelation.Inside)
        {
            var outer = PlacedShape.Near(Second, 0.5, 0.5, 0.03, random.Between(0.38, 0.42), ref random);
            var inner = PlacedShape.Near(First, outer.X, outer.Y, 0.01, random.Between(0.14, 0.17), ref random);
            return [outer, inner];
        }

        var (along, across) = (random.Between(0.23, 0.26), random.Between(0.4, 0.6));
        var (first, second) = Relation == SceneRelation.LeftOf
            ? ((along, across), (1 - along, across))
            : ((across, along), (across, 1 - along));
        return
        [
            PlacedShape.Near(First, first.Item1, first.Item2, 0.01, random.Between(0.17, 0.21), ref random),
            PlacedShape.Near(Second, second.Item1, second.Item2, 0.01, random.Between(0.17, 0.21), ref random),
        ];
    }

    /// <summary>How the relation reads from the first object to the second, and from the second to the first.</summary>
    private static (string Forwards, string Backwards) Words(SceneRelation relation) => relation switch
    {
        SceneRelation.LeftOf => ("left of", "right of"),
        SceneRelation.Above => ("above", "below"),
        _ => ("inside", "around"),
    };
}

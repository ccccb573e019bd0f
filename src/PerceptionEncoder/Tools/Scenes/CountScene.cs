namespace PerceptionEncoder.Tools.Scenes;

/// <summary>Several equal objects: "three red circles on a white background".</summary>
/// <param name="Object">What they are.</param>
/// <param name="Count">2 to 4.</param>
/// <param name="Background">Colour of the background.</param>
internal sealed record CountScene(SceneObject Object, int Count, SceneBackground Background) : SceneDescription(Background)
{
    private const int Cells = 4;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Captions
    {
        get
        {
            var objects = $"{SceneWords.Of(Count)} {Object.ToPlural()}";
            return [objects, $"a picture of {objects}", $"there are {objects}", $"{objects} {OnBackground}"];
        }
    }

    /// <inheritdoc/>
    protected override string SplitKey => FullCaption;

    /// <summary>One object in each of <see cref="Count"/> quarters of the picture, so that they never touch.</summary>
    internal override IReadOnlyList<PlacedShape> Arrange(ref SceneRandom random)
    {
        var radius = random.Between(0.15, 0.19);
        var shapes = new List<PlacedShape>(Count);
        for (var cell = 0; cell < Cells; cell++)
        {
            // Selection sampling: each set of quarters is equally likely.
            if (random.Below(Cells - cell) < Count - shapes.Count)
            {
                shapes.Add(PlacedShape.Near(Object, 0.25 + (0.5 * (cell % 2)), 0.25 + (0.5 * (cell / 2)), 0.03, radius, ref random));
            }
        }

        return shapes;
    }
}

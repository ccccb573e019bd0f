namespace PerceptionEncoder.Tools.Scenes;

/// <summary>One object: "a small red circle on the left of a white background".</summary>
/// <param name="Object">What it is.</param>
/// <param name="Size">How large.</param>
/// <param name="Place">Where.</param>
/// <param name="Background">Colour of the background.</param>
internal sealed record SingleScene(SceneObject Object, SceneSize Size, ScenePlace Place, SceneBackground Background)
    : SceneDescription(Background)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Captions
    {
        get
        {
            var (size, place) = (SceneWords.Of(Size), SceneWords.Phrase(Place));
            return
            [
                $"a {Object}",
                $"a picture of a {Object}",
                $"one {Object}",
                $"a {size} {Object}",
                $"a {Object} {place}",
                $"a {size} {Object} {OnBackground}",
                $"a {size} {Object} {place} of a {SceneWords.Of(Background)} background",
            ];
        }
    }

    /// <inheritdoc/>
    protected override string SplitKey => FullCaption;

    internal override IReadOnlyList<PlacedShape> Arrange(ref SceneRandom random)
    {
        var radius = Size == SceneSize.Small ? random.Between(0.16, 0.2) : random.Between(0.29, 0.34);
        var edge = (1.1 * radius) + 0.02;
        var (x, y) = Place switch
        {
            ScenePlace.Left => (edge, 0.5),
            ScenePlace.Right => (1 - edge, 0.5),
            ScenePlace.Top => (0.5, edge),
            ScenePlace.Bottom => (0.5, 1 - edge),
            _ => (0.5, 0.5),
        };
        return [PlacedShape.Near(Object, x, y, 0.02, radius, ref random)];
    }
}

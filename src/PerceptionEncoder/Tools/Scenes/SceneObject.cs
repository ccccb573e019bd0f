namespace PerceptionEncoder.Tools.Scenes;

/// <summary>What captions name: a colour and a shape.</summary>
/// <param name="Color">Colour.</param>
/// <param name="Shape">Shape.</param>
internal readonly record struct SceneObject(SceneColor Color, SceneShape Shape)
{
    /// <summary>Every colour with every shape, in the order of the classification set's class names.</summary>
    public static IReadOnlyList<SceneObject> All { get; } =
        [.. from color in Enum.GetValues<SceneColor>() from shape in Enum.GetValues<SceneShape>() select new SceneObject(color, shape)];

    /// <summary>
    /// Those that pairs are made of: few colours, so that a batch holds many pairs that only shapes and relation tell apart.
    /// </summary>
    public static IReadOnlyList<SceneObject> OfPairs { get; } =
        [.. All.Where(what => what.Color is SceneColor.Red or SceneColor.Green or SceneColor.Blue or SceneColor.Yellow)];

    /// <summary>Such as "red circle".</summary>
    public override string ToString() => $"{SceneWords.Of(Color)} {SceneWords.Of(Shape)}";

    /// <summary>Such as "red crosses".</summary>
    public string ToPlural() => Shape == SceneShape.Cross ? $"{this}es" : $"{this}s";
}

using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.Scenes.Moving;

/// <summary>One object that moves: "a red circle moving from left to right on a white background". Equal by value.</summary>
/// <param name="Object">What it is.</param>
/// <param name="Motion">What it does.</param>
/// <param name="Background">Colour of the background.</param>
internal sealed record MovingScene(SceneObject Object, SceneMotion Motion, SceneBackground Background)
{
    private const int TestShare = 6;
    private const ulong PictureStream = 3;

    /// <summary>The motion that shows the same frames in the opposite order.</summary>
    public MovingScene Reversed => this with { Motion = (SceneMotion)((int)Motion ^ 1) };

    /// <summary>The caption that names everything.</summary>
    public string FullCaption => $"a {Object} {Words(Motion)} on a {SceneWords.Of(Background)} background";

    /// <summary>Captions that hold for the clip, from vague to exact.</summary>
    public IReadOnlyList<string> Captions
        => [$"a {Object}", $"a {SceneWords.Of(Object.Shape)} {Words(Motion)}", $"a {Object} {Words(Motion)}", FullCaption];

    /// <summary>
    /// Training or test. A clip and the same played backwards are on one side, so that what is held out is the scene and not the direction.
    /// </summary>
    public SceneSplit Split
        => SceneRandom.Hash((this with { Motion = (SceneMotion)((int)Motion & ~1) }).FullCaption) % TestShare == 0
            ? SceneSplit.Test
            : SceneSplit.Train;

    /// <summary>Such as "moving from left to right".</summary>
    public static string Words(SceneMotion motion) => motion switch
    {
        SceneMotion.Rightwards => "moving from left to right",
        SceneMotion.Leftwards => "moving from right to left",
        SceneMotion.Downwards => "moving from top to bottom",
        SceneMotion.Upwards => "moving from bottom to top",
        _ => SceneWords.Of(motion),
    };

    /// <summary>
    /// Draws the clip: the same seed and index give the same frames, and those of <see cref="Reversed"/> in the opposite order.
    /// </summary>
    /// <param name="seed">Seed of the set.</param>
    /// <param name="index">Number of the clip in it.</param>
    /// <param name="frames">At least 2.</param>
    /// <param name="size">Side in pixels.</param>
    public IReadOnlyList<DecodedImage> Render(ulong seed, long index, int frames, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 2);
        var random = new SceneRandom(seed, PictureStream, (ulong)index);
        var background = ScenePalette.Shade(Background, ref random);
        var color = ScenePalette.Shade(Object.Color, ref random);
        var start = PlacedShape.Near(Object, 0.5, 0.5, 0.15, random.Between(0.2, 0.25), ref random);
        var turn = (int)Math.Round(frames * random.Between(0.35, 0.65));
        var backwards = ((int)Motion & 1) == 1;
        return [.. Enumerable.Range(0, frames).Select(frame => Picture(backwards ? frames - 1 - frame : frame))];

        DecodedImage Picture(int frame)
        {
            var canvas = new Canvas(size, size, background);
            At(start, frame / (frames - 1.0), frame >= turn)?.PaintOn(canvas, color);
            return canvas.ToImage();
        }
    }

    /// <summary>The object at a moment of the forward motion, 0 to 1.</summary>
    private PlacedShape? At(PlacedShape start, double moment, bool afterTurn) => (SceneMotion)((int)Motion & ~1) switch
    {
        SceneMotion.Rightwards => start with { X = Between(start.Radius, 1 - start.Radius, moment) },
        SceneMotion.Downwards => start with { Y = Between(start.Radius, 1 - start.Radius, moment) },
        SceneMotion.Growing => start with { Radius = Between(0.08, 0.36, moment) },
        _ => afterTurn ? start : null,
    };

    private static double Between(double from, double to, double moment) => from + ((to - from) * moment);
}

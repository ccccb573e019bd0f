namespace PerceptionEncoder.Tools.Scenes;

/// <summary>RGB of the named colours; each picture draws its own shade near them.</summary>
internal static class ScenePalette
{
    private const int Jitter = 12;

    public static (byte Red, byte Green, byte Blue) Shade(SceneColor color, ref SceneRandom random) => color switch
    {
        SceneColor.Red => Near(220, 40, 40, ref random),
        SceneColor.Green => Near(40, 160, 60, ref random),
        SceneColor.Blue => Near(40, 80, 220, ref random),
        SceneColor.Yellow => Near(240, 210, 40, ref random),
        SceneColor.Purple => Near(130, 50, 170, ref random),
        SceneColor.Pink => Near(243, 140, 190, ref random),
        SceneColor.Cyan => Near(60, 200, 215, ref random),
        _ => Near(125, 75, 35, ref random),
    };

    public static (byte Red, byte Green, byte Blue) Shade(SceneBackground background, ref SceneRandom random) => background switch
    {
        SceneBackground.White => Near(243, 243, 243, ref random),
        SceneBackground.Grey => Near(150, 150, 150, ref random),
        _ => Near(12, 12, 12, ref random),
    };

    private static (byte Red, byte Green, byte Blue) Near(int red, int green, int blue, ref SceneRandom random)
        => (Near(red, ref random), Near(green, ref random), Near(blue, ref random));

    private static byte Near(int value, ref SceneRandom random)
        => (byte)Math.Clamp(value - Jitter + random.Below((2 * Jitter) + 1), 0, 255);
}

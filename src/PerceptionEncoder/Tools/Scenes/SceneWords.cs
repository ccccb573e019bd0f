namespace PerceptionEncoder.Tools.Scenes;

/// <summary>The words that captions use.</summary>
internal static class SceneWords
{
    private static readonly string[] Numbers = ["no", "one", "two", "three", "four"];

    public static string Of<T>(T value)
        where T : struct, Enum
        => Words<T>.Lower[Convert.ToInt32(value)];

    public static string Of(int count) => Numbers[count];

    /// <summary>A phrase that "of a white background" may follow.</summary>
    public static string Phrase(ScenePlace place) => place switch
    {
        ScenePlace.Middle => "in the middle",
        ScenePlace.Left => "on the left",
        ScenePlace.Right => "on the right",
        ScenePlace.Top => "at the top",
        _ => "at the bottom",
    };

    private static class Words<T>
        where T : struct, Enum
    {
        public static readonly string[] Lower = [.. Enum.GetNames<T>().Select(name => name.ToLowerInvariant())];
    }
}

namespace PerceptionEncoder.Serialization;

/// <summary>Text out of a file or an answer that may be anything, fit for one line of a message.</summary>
internal static class ShownText
{
    private const int MaximumLength = 100;

    /// <summary>Its beginning, control characters as question marks.</summary>
    public static string Of(string text) => Cut(text, MaximumLength);

    /// <summary>The same with another limit.</summary>
    public static string Cut(string text, int longest)
    {
        var line = new string([.. text.Take(longest).Select(character => char.IsControl(character) ? '?' : character)]);
        return line.Length < text.Length ? line + "..." : line;
    }
}

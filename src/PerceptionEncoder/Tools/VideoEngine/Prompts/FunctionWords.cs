namespace PerceptionEncoder.Tools.VideoEngine.Prompts;

/// <summary>
/// Small words by which a text in Latin letters is told from an English one. Left out are those of several languages (<c>a</c>, <c>in</c>)
/// and those of names (<c>de la</c>, <c>van der</c>).
/// </summary>
internal static class FunctionWords
{
    private const int FewestWords = 8;
    private const int FewestForeign = 2;

    private static readonly HashSet<string> English = Of(
        "the and of with to are from for by his her its their he she it they that this while into as at");

    private static readonly HashSet<string> Others = Of(
        "un una unos con y por para que se hacia mientras "               // Spanish
        + "und ein eine einen einem einer mit auf ist sich im zum der "    // German
        + "une et est dans sur avec pour qui il elle "                     // French
        + "gli che nel nella sono mentre sul sulla per "                   // Italian
        + "um uma em com na enquanto os "                                  // Portuguese
        + "een het op zijn naar "                                          // Dutch
        + "och på som är ett og på med "                                   // Swedish, Danish, Norwegian
        + "w się jest na z przez");                                        // Polish

    /// <summary>Whether words are of another language by what they hold, and not by what they lack alone.</summary>
    /// <param name="words">In small letters.</param>
    public static bool AreForeign(IReadOnlyList<string> words)
        => words.Count >= FewestWords && !words.Any(English.Contains) && words.Count(Others.Contains) >= FewestForeign;

    private static HashSet<string> Of(string words) => [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
}

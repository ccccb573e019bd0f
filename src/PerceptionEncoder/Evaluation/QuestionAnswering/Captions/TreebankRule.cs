using System.Text.RegularExpressions;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Captions;

/// <summary>What makes a token: of all rules the one that sees furthest wins, of several the first.</summary>
/// <param name="pattern">The token, a group <c>t</c>, and what must stand behind it, which stays for the next token.</param>
/// <param name="write">From what was read to the token; null where it stays as it is.</param>
internal sealed class TreebankRule(string pattern, Func<string, string>? write = null)
{
    private readonly Regex regex = new(@"\G(?:" + pattern + ")", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);

    /// <summary>Characters at the end of the token that are read again.</summary>
    public int PutBack { get; init; }

    /// <summary>A rule without a condition on what stands behind the token.</summary>
    public static TreebankRule Of(string pattern, Func<string, string>? write = null) => new($"(?<t>{pattern})", write);

    /// <summary>How far the rule sees from a place on, and how much of it is the token; nothing where it does not apply.</summary>
    public (int Seen, int Length) At(string text, int start)
    {
        var match = regex.Match(text, start);
        return match.Success ? (match.Length, match.Groups["t"].Length) : (0, 0);
    }

    /// <summary>The token as it is written; null for what is passed over.</summary>
    public string Write(string read) => write is null ? read : write(read);
}

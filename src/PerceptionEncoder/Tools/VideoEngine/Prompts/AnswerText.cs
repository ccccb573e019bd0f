using System.Text.RegularExpressions;

namespace PerceptionEncoder.Tools.VideoEngine.Prompts;

/// <summary>What a model wrote, without what models put around it.</summary>
internal static partial class AnswerText
{
    private static readonly (char First, char Last)[] Quotes = [('"', '"'), ('\'', '\''), ('“', '”'), ('`', '`'), ('*', '*')];

    /// <summary>
    /// One line without a chain of thought, a head such as <c>Caption:</c>, quotation marks around the whole, and characters that nobody
    /// sees.
    /// </summary>
    /// <param name="answer">As it came.</param>
    public static string Clean(string answer)
    {
        var text = Thought().Replace(answer, " ");
        text = QuotedText.Clean(text, int.MaxValue);
        text = Head().Replace(text, "").Trim();
        while (text.Length >= 2 && Quotes.Contains((text[0], text[^1])) && !text.AsSpan(1, text.Length - 2).ContainsAny(text[0], text[^1]))
        {
            text = text[1..^1].Trim();
        }

        return text;
    }

    [GeneratedRegex("<think>.*?</think>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Thought();

    [GeneratedRegex(
        @"^(\*\*)?(final |video |alt[- ]text )?(caption|description|summary|alt[- ]text)(\*\*)?\s*:\s*(\*\*)?",
        RegexOptions.IgnoreCase)]
    private static partial Regex Head();
}

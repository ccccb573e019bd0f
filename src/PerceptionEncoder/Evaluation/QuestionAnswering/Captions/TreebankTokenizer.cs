using System.Text.RegularExpressions;
using PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Captions;

/// <summary>
/// The tokens of captions as the published evaluation of COCO captions makes them: Stanford's Penn Treebank tokeniser, lower case, and then
/// punctuation goes. Brackets stay as <c>-lrb-</c>, since they are looked for in capitals; so do <c>!!!</c>, <c>$</c> and <c>%</c>.
/// </summary>
public static partial class TreebankTokenizer
{
    private static readonly HashSet<string> Punctuation =
        ["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"];

    /// <summary>Words that are taken apart, of those that hold letters only.</summary>
    private static readonly HashSet<string> Compounds =
        new(["cannot", "gonna", "gotta", "lemme", "gimme", "wanna"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The tokens that are compared, with spaces between.</summary>
    public static string Tokenize(string caption)
        => string.Join(' ', Treebank(caption).Split(' ').Where(token => token.Length > 0 && !Punctuation.Contains(token)));

    /// <summary>All tokens, with spaces between.</summary>
    internal static string Treebank(string caption)
    {
        var line = caption.Replace('\n', ' ').Replace('\r', ' ') + "\n";        // captions stand below each other in a file
        return string.Join(' ', Tokens(line).Select(PythonText.Lower));
    }

    private static IEnumerable<string> Tokens(string line)
    {
        for (var at = 0; at < line.Length;)
        {
            if (PlainWord().Match(line, at) is { Success: true } plain && !Compounds.Contains(plain.Value))
            {
                at += plain.Length;
                yield return plain.Value;
            }
            else if (Blank().Match(line, at) is { Success: true } blank)
            {
                at += blank.Length;
            }
            else
            {
                var (rule, length) = Furthest(line, at);
                var token = line.Substring(at, length);
                at += Math.Max(1, length - Math.Abs(rule?.PutBack ?? 0));          // what no rule knows is passed over
                if (rule is not null)
                {
                    yield return rule.Write(rule.PutBack > 0 ? token[..^rule.PutBack] : token);
                }
            }
        }
    }

    private static (TreebankRule? Rule, int Length) Furthest(string line, int at)
    {
        var best = (Rule: (TreebankRule?)null, Length: 0, Seen: 0);
        foreach (var rule in TreebankRules.All)
        {
            var (seen, length) = rule.At(line, at);
            if (seen > best.Seen)
            {
                best = (rule, length, seen);
            }
        }

        return (best.Rule, best.Length);
    }

    [GeneratedRegex(@"\G[A-Za-z]+(?=[ \n])", RegexOptions.CultureInvariant)]
    private static partial Regex PlainWord();

    [GeneratedRegex(TreebankRules.Blank, RegexOptions.CultureInvariant)]
    private static partial Regex Blank();
}

using System.Text.RegularExpressions;

namespace PerceptionEncoder.Serialization.NameMaps;

/// <summary>
/// One line of a layout's table. In both names <c>{n}</c> stands for a block's number, <c>{p}</c> for <c>weight</c> or <c>bias</c>,
/// <c>{rest}</c> for anything, and <c>{part}</c>, in the other layout, for <c>q</c> then <c>kv</c>.
/// </summary>
/// <param name="Published">Name in the published implementation's state dict of both towers.</param>
/// <param name="Other">Name in the other layout.</param>
/// <param name="How">What happens to the values.</param>
internal sealed record NameRule(string Published, string Other, Rearrangement How = Rearrangement.Same)
{
    private readonly Regex published = Pattern(Published);
    private readonly Regex other = Pattern(Other);
    private readonly string otherHead = Other.Split('{')[0];

    /// <summary>
    /// The published name of a tensor of the other layout, and which part of it that is; null where the rule is about others.
    /// </summary>
    public (string Name, int Part)? ToPublished(string name)
        => name.StartsWith(otherHead, StringComparison.Ordinal) && other.Match(name) is { Success: true } match
            ? (Fill(Published, match), match.Groups["part"].Value == "kv" ? 1 : 0)
            : null;

    /// <summary>The other layout's names of a published tensor, in the order of its parts; null where the rule is about others.</summary>
    public string[]? ToOther(string name)
    {
        if (published.Match(name) is not { Success: true } match)
        {
            return null;
        }

        var filled = Fill(Other, match);
        return How == Rearrangement.QueryApart
            ? [filled.Replace("{part}", "q", StringComparison.Ordinal), filled.Replace("{part}", "kv", StringComparison.Ordinal)]
            : [filled];
    }

    private static string Fill(string pattern, Match match)
        => pattern.Replace("{n}", match.Groups["n"].Value, StringComparison.Ordinal)
            .Replace("{p}", match.Groups["p"].Value, StringComparison.Ordinal)
            .Replace("{rest}", match.Groups["rest"].Value, StringComparison.Ordinal);

    private static Regex Pattern(string name)
        => new(
            "^" + Regex.Escape(name)
                .Replace(@"\{n}", "(?<n>[0-9]+)", StringComparison.Ordinal)
                .Replace(@"\{p}", "(?<p>weight|bias)", StringComparison.Ordinal)
                .Replace(@"\{rest}", "(?<rest>.+)", StringComparison.Ordinal)
                .Replace(@"\{part}", "(?<part>q|kv)", StringComparison.Ordinal) + "$",
            RegexOptions.CultureInvariant);
}

using System.Globalization;
using System.Text.RegularExpressions;
using PerceptionEncoder.Data.Remote;

namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// Expands <c>{00000..00004}</c> (inclusive; zero-padded when an end is) and <c>{a,b}</c> in shard patterns; several groups multiply, the
/// last one running fastest. Other than in a shell, a group that is neither is an error, because it is a mistyped range far more often than
/// a file name.
/// </summary>
internal static partial class BraceExpansion
{
    /// <summary>More shards than any data set has: a mistyped range must not fill the memory.</summary>
    private const long MaximumCount = 10_000_000;

    /// <summary>All strings the pattern stands for, in order; the pattern itself where it has no braces.</summary>
    /// <exception cref="UserErrorException">Unbalanced or nested braces, a bad or descending range, or too many results.</exception>
    public static IReadOnlyList<string> Expand(string pattern)
    {
        var results = new List<string> { "" };
        var position = 0;
        while (position < pattern.Length)
        {
            var open = pattern.IndexOfAny(['{', '}'], position);
            if (open < 0)
            {
                Append(results, [pattern[position..]], pattern);
                break;
            }

            var close = pattern.IndexOfAny(['{', '}'], open + 1);
            if (pattern[open] == '}' || close < 0 || pattern[close] == '{')
            {
                throw Error(pattern, "its braces are unbalanced or nested; write {00000..00004} or {a,b}");
            }

            Append(results, [pattern[position..open]], pattern);
            Append(results, Alternatives(pattern[(open + 1)..close], pattern), pattern);
            position = close + 1;
        }

        return results;
    }

    /// <summary>As <see cref="Expand"/>, of ranges alone: all other braces are the shell's.</summary>
    /// <exception cref="UserErrorException">A descending range, or too many results.</exception>
    public static IReadOnlyList<string> ExpandRanges(string command)
    {
        var results = new List<string> { "" };
        var position = 0;
        foreach (Match range in Range().Matches(command))
        {
            Append(results, [command[position..range.Index]], command);
            Append(results, Alternatives(range.Groups[1].Value, command), command);
            position = range.Index + range.Length;
        }

        Append(results, [command[position..]], command);
        return results;
    }

    private static void Append(List<string> results, string[] alternatives, string pattern)
    {
        if ((long)results.Count * alternatives.Length > MaximumCount)
        {
            throw Error(pattern, $"it stands for more than {MaximumCount} files; check its ranges");
        }

        var heads = results.ToArray();
        results.Clear();
        results.AddRange(heads.SelectMany(head => alternatives.Select(tail => head + tail)));
    }

    private static string[] Alternatives(string group, string pattern)
    {
        if (group.Contains(','))
        {
            return group.Split(',');
        }

        var ends = group.Split("..");
        if (ends.Length != 2
            || !long.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            || !long.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last))
        {
            throw Error(pattern, $"{{{group}}} is neither a range such as {{00000..00004}} nor a list such as {{a,b}}");
        }

        if (last < first)
        {
            throw Error(pattern, $"the range {{{group}}} runs backwards; write {{{ends[1]}..{ends[0]}}}");
        }

        if (last - first >= MaximumCount)
        {
            throw Error(pattern, $"the range {{{group}}} has more than {MaximumCount} members; check its ends");
        }

        var padded = ends.Any(end => end.Length > 1 && end[0] == '0');
        var format = padded ? "D" + Math.Max(ends[0].Length, ends[1].Length).ToString(CultureInfo.InvariantCulture) : "D";
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i).ToString(format, CultureInfo.InvariantCulture))];
    }

    private static UserErrorException Error(string pattern, string problem) => new($"shards '{ShardAddress.Shown(pattern)}': {problem}.");

    [GeneratedRegex(@"\{([0-9]+\.\.[0-9]+)\}")]
    private static partial Regex Range();
}

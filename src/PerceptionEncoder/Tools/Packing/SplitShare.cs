using System.Globalization;
using System.Text.RegularExpressions;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>A part of a data set and its share.</summary>
/// <param name="Name">Of the part's folder.</param>
/// <param name="Share">Above 0; those of all parts make 1.</param>
public sealed record SplitShare(string Name, double Share)
{
    private const double Tolerance = 1e-6;

    /// <summary>Reads <c>train=0.9,test=0.1</c>.</summary>
    /// <exception cref="UserErrorException">
    /// It is not written so, a name comes twice or is no folder's, or the shares do not make 1.
    /// </exception>
    public static IReadOnlyList<SplitShare> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var splits = new List<SplitShare>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0
                || !double.TryParse(part[(at + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var share)
                || !(share > 0 && share <= 1))
            {
                throw new UserErrorException($"split '{text}': '{part}' is no NAME=SHARE with a share above 0, at most 1; "
                    + "write train=0.9,test=0.1.");
            }

            splits.Add(new SplitShare(RequireName(part[..at].Trim()), share));
        }

        if (splits.GroupBy(split => split.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UserErrorException($"split '{text}': names {twice.Key} twice; give each part one share.");
        }

        var sum = splits.Sum(split => split.Share);
        return Math.Abs(sum - 1) < Tolerance
            ? splits
            : throw new UserErrorException($"split '{text}': the shares make {Math.Round(sum, 6).ToString(CultureInfo.InvariantCulture)}, "
                + "not 1; write train=0.9,test=0.1.");
    }

    /// <summary>The name of a part, which names a folder.</summary>
    /// <exception cref="UserErrorException">It cannot.</exception>
    internal static string RequireName(string name)
        => IsName(name) ? name : throw new UserErrorException($"split '{name}': {FolderName.Problem}");

    /// <summary>Whether a text may name a part.</summary>
    internal static bool IsName(string name) => Regex.IsMatch(name, $"^{FolderName.Pattern}$");
}

namespace PerceptionEncoder.Configuration;

/// <summary>The valid name that the writer of an unknown one most likely meant.</summary>
public static class NearestName
{
    private const int LongestName = 64;

    /// <summary><c>; did you mean 'x'?</c>, or the valid names when none is near.</summary>
    internal static string Hint(string unknown, IReadOnlyCollection<string> valid) => Find(unknown, valid) is { } near
        ? $"; did you mean '{near}'?"
        : valid.Count == 0 ? "; no key is valid here" : $"; valid: {string.Join(", ", valid)}";

    /// <summary>Same letters, the initials (<c>lr</c> for <c>learning_rate</c>) or few edits away; null when nothing is near.</summary>
    public static string? Find(string unknown, IEnumerable<string> valid)
    {
        ArgumentNullException.ThrowIfNull(unknown);
        if (unknown.Length > LongestName)
        {
            return null;
        }

        var letters = Letters(unknown);
        int DistanceTo(string name) => letters == Initials(name) ? 1 : Distance(letters, Letters(name));
        return valid.MinBy(DistanceTo) is { } near && DistanceTo(near) <= Math.Max(1, letters.Length / 3) ? near : null;
    }

    private static string Letters(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static string Initials(string name)
        => string.Concat(name.Split('_', StringSplitOptions.RemoveEmptyEntries).Select(word => word[0]));

    /// <summary>Insertions, deletions, replacements and swaps of neighbours between two words.</summary>
    private static int Distance(string a, string b)
    {
        var steps = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    steps[i, j] = i + j;
                    continue;
                }

                int replaced = steps[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                steps[i, j] = Math.Min(replaced, 1 + Math.Min(steps[i - 1, j], steps[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[a.Length, b.Length];
    }
}

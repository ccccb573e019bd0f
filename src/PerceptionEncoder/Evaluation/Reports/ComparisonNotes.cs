using System.Text.Json.Nodes;

namespace PerceptionEncoder.Evaluation.Reports;

/// <summary>
/// Why results of one set may not be comparable: other samples, or other options than the first. What only one of them states is no
/// difference.
/// </summary>
public static class ComparisonNotes
{
    /// <summary>Keys of a config that say where something is and not what is measured.</summary>
    private static readonly HashSet<string> Places = ["checkpoint", "json", "data", "name", "vocabulary"];

    /// <summary>Differences of two results that are told; of more, how many there are.</summary>
    private const int MostKeys = 20;

    private const int LongestValue = 80;

    /// <summary>One line for each difference, or for the first of very many; none where everything was measured alike.</summary>
    /// <param name="reports">Each with the column it belongs to.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<(string Column, EvaluationReport Report)> reports)
        => [.. reports.GroupBy(entry => (entry.Report.Result.Dataset, entry.Report.Result.Task))
            .SelectMany(set => set.Skip(1).SelectMany(other => Differences(set.First(), other)))];

    private static IEnumerable<string> Differences(
        (string Column, EvaluationReport Report) first,
        (string Column, EvaluationReport Report) other)
    {
        var set = first.Report.Result.Dataset;
        var (one, two) = (first.Report.Result, other.Report.Result);
        if (one.Samples > 0 && two.Samples > 0 && (one.Samples, one.Unreadable) != (two.Samples, two.Unreadable))
        {
            yield return $"{set}: {first.Column} is over {one.Samples} samples ({one.Unreadable} unreadable), "
                + $"{other.Column} over {two.Samples} ({two.Unreadable} unreadable)";
        }

        var (a, b) = (Values(first.Report.Config as JsonNode, ""), Values(other.Report.Config as JsonNode, ""));
        string[] keys = [.. a.Keys.Where(key => b.ContainsKey(key) && a[key] != b[key])];
        foreach (var key in keys.Take(MostKeys))
        {
            yield return $"{set}: {Short(key)} is {Short(a[key])} in {first.Column}, {Short(b[key])} in {other.Column}";
        }

        if (keys.Length > MostKeys)
        {
            yield return $"{set}: {keys.Length - MostKeys:N0} more keys differ between {first.Column} and {other.Column}";
        }
    }

    private static string Short(string text) => text.Length <= LongestValue ? text : $"{text[..LongestValue]}...";

    private static Dictionary<string, string> Values(JsonNode? node, string path) => node switch
    {
        JsonObject record
            => record.Where(entry => !Places.Contains(entry.Key))
                .SelectMany(entry => Values(entry.Value, path.Length == 0 ? entry.Key : $"{path}.{entry.Key}"))
                .DistinctBy(entry => entry.Key).ToDictionary(),
        null => [],
        _ => new Dictionary<string, string> { [path] = node.ToJsonString() },
    };
}

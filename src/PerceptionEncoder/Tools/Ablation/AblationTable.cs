using System.Globalization;
using System.Text;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Tools.Ablation;

/// <summary>The rows of an ablation as text.</summary>
internal static class AblationTable
{
    /// <summary>Columns that have nothing in any row are left out.</summary>
    public static string Markdown(IReadOnlyList<AblationRow> rows)
    {
        var (robustness, spread) = (rows.Any(row => row.Robustness is not null), rows.Any(row => row.Seeds > 1));
        var names = rows[0].Sets.Select(set => set.Metric.Split('/')[0]).ToArray();
        var sets = rows[0].Sets.Zip(names, (set, name) => names.Count(other => other == name) > 1 ? set.Metric : name).ToArray();
        var text = new StringBuilder();
        Line("step", "change", "accuracy", "seeds from–to", "robustness", sets, "seeds");
        Line("---", "---", "---:", "---:", "---:", [.. sets.Select(_ => "---:")], "---:");
        foreach (var row in rows)
        {
            Line(
                $"{row.Number}",
                row.Name,
                Percent(row.Accuracy),
                row.Spread is var (lowest, highest) ? $"{Percent(lowest)}–{Percent(highest)}" : "",
                Percent(row.Robustness),
                [.. row.Sets.Select(set => Percent(set.Value))],
                $"{row.Seeds}");
        }

        return text.ToString();

        void Line(string step, string change, string accuracy, string range, string mean, string[] each, string seeds)
            => text.Append(TableText.MarkdownLine(
                [step, change, accuracy, .. spread ? [range] : (string[])[], .. robustness ? [mean] : (string[])[], .. each, seeds]));
    }

    public static string Csv(IReadOnlyList<AblationRow> rows)
    {
        var text = new StringBuilder(TableText.CsvLine(
            ["step", "change", "accuracy", "lowest", "highest", "robustness", .. rows[0].Sets.Select(set => set.Metric), "seeds"]));
        foreach (var row in rows)
        {
            text.Append(TableText.CsvLine([
                $"{row.Number}",
                row.Name,
                Number(row.Accuracy),
                Number(row.Spread?.Lowest),
                Number(row.Spread?.Highest),
                Number(row.Robustness),
                .. row.Sets.Select(set => Number(set.Value)),
                $"{row.Seeds}",
            ]));
        }

        return text.ToString();
    }

    private static string Percent(double? value)
        => value is { } fraction ? (100 * fraction).ToString("0.0", CultureInfo.InvariantCulture) : "";

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}

using System.Globalization;
using System.Text;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Tools.Ablation;

/// <summary>The rows of an ablation as text.</summary>
internal static class AblationTable
{
    public static string Markdown(IReadOnlyList<AblationRow> rows)
    {
        var sets = rows[0].Sets.Select(set => set.Metric.Split('/')[0]).ToArray();
        var text = new StringBuilder();
        Row(text, ["step", "change", "accuracy", "robustness", .. sets, "seeds"]);
        Row(text, ["---", "---", "---:", "---:", .. sets.Select(_ => "---:"), "---:"]);
        foreach (var row in rows)
        {
            Row(text,
            [
                $"{row.Number}",
                row.Name,
                Percent(row.Accuracy),
                Percent(row.Robustness),
                .. row.Sets.Select(set => Percent(set.Value)),
                $"{row.Seeds}",
            ]);
        }

        return text.ToString();
    }

    public static string Csv(IReadOnlyList<AblationRow> rows)
    {
        var text = new StringBuilder(
            TableText.CsvLine(["step", "change", "accuracy", "robustness", .. rows[0].Sets.Select(set => set.Metric), "seeds"]));
        foreach (var row in rows)
        {
            text.Append(TableText.CsvLine([
                $"{row.Number}",
                row.Name,
                Number(row.Accuracy),
                Number(row.Robustness),
                .. row.Sets.Select(set => Number(set.Value)),
                $"{row.Seeds}",
            ]));
        }

        return text.ToString();
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.Append(TableText.MarkdownLine(cells));

    private static string Percent(double? value)
        => value is { } fraction ? (100 * fraction).ToString("0.0", CultureInfo.InvariantCulture) : "";

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}

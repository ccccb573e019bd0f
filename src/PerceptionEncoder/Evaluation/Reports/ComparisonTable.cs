using System.Globalization;
using System.Text;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Evaluation.Reports;

/// <summary>Results of several models beside each other: a column a model, a row a figure.</summary>
public sealed class ComparisonTable
{
    private ComparisonTable(IReadOnlyList<string> columns, IReadOnlyList<ComparisonRow> rows)
    {
        Columns = columns;
        Rows = rows;
    }

    /// <summary>Short names of the models.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Set by set in the order of the results; each with its figures and then its counts.</summary>
    public IReadOnlyList<ComparisonRow> Rows { get; }

    /// <summary>Puts results side by side.</summary>
    /// <param name="reports">Each with the column it belongs to; of two for one place the later is shown.</param>
    public static ComparisonTable Of(IReadOnlyList<(string Column, EvaluationReport Report)> reports)
    {
        string[] columns = [.. reports.Select(entry => entry.Column).Distinct(StringComparer.Ordinal)];
        var rows = reports.GroupBy(entry => (entry.Report.Result.Dataset, entry.Report.Result.Task)).SelectMany(set =>
        {
            var results = columns.Select(column => set.LastOrDefault(entry => entry.Column == column).Report?.Result).ToArray();
            var figures = results.SelectMany(result => result?.Metrics.Keys ?? []).Distinct(StringComparer.Ordinal)
                .Select(metric => Row(metric, result => result.Metrics.TryGetValue(metric, out var value) ? value : null));
            var unreadable = results.Any(result => result?.Unreadable > 0)
                ? new[] { Row(ComparisonRow.Unreadable, result => result.Unreadable) }
                : [];
            return figures.Append(Row(ComparisonRow.Count, result => result.Samples > 0 ? result.Samples : null)).Concat(unreadable);

            ComparisonRow Row(string metric, Func<Training.EvaluationResult, double?> value)
                => new(set.Key.Dataset, metric, Array.ConvertAll(results, result => result is null ? null : value(result)));
        });
        return new ComparisonTable(columns, [.. rows]);
    }

    /// <summary>A table for a README, with the differences to the first column where there are several.</summary>
    public string ToMarkdown()
    {
        var later = Enumerable.Range(1, Columns.Count - 1).ToArray();
        var text = new StringBuilder();
        Line(["dataset", "metric", .. Columns, .. later.Select(column => $"{Columns[column]} - {Columns[0]}")]);
        Line(["---", "---", .. Enumerable.Repeat("---:", Columns.Count + later.Length)]);
        foreach (var row in Rows)
        {
            Line([row.Dataset, row.Metric, .. Columns.Select((_, column) => row.Text(column)), .. later.Select(row.Difference)]);
        }

        return text.ToString();

        void Line(IEnumerable<string> cells) => text.Append(TableText.MarkdownLine(cells));
    }

    /// <summary>Plain numbers: fractions and counts.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder();
        Line(["dataset", "metric", .. Columns]);
        foreach (var row in Rows)
        {
            Line([row.Dataset, row.Metric, .. row.Values.Select(value => value?.ToString("R", CultureInfo.InvariantCulture) ?? "")]);
        }

        return text.ToString();

        void Line(IEnumerable<string> cells) => text.Append(TableText.CsvLine(cells));
    }
}

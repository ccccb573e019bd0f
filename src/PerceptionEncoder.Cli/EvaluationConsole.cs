using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Reports;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary>Runs evaluations with progress on the error stream, and shows their results.</summary>
internal static class EvaluationConsole
{
    private static readonly TimeSpan ShowEvery = TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1);

    /// <param name="plan">What is measured; ranks that a launcher has started share it.</param>
    /// <param name="files">For the results.</param>
    /// <param name="then">Done by the rank that has the results, when they are shown; null for nothing.</param>
    public static void Run(EvaluationRun plan, TableFiles files, Action? then = null)
    {
        NativeStartup.Prepare();
        LaunchedRanks.Share(plan.Compute.Device, world =>
        {
            Run(plan with { World = world }, files);
            if (world.Writes && then is not null)
            {
                using var alone = world.Alone("pictures");
                then();
            }
        });
    }

    private static void Run(EvaluationRun plan, TableFiles files)
    {
        var shown = Stopwatch.StartNew();
        plan.Run(
            Console.Error.WriteLine,
            progress =>
            {
                if (shown.Elapsed >= ShowEvery)
                {
                    shown.Restart();
                    Console.Error.WriteLine(Line(progress));
                }
            },
            reports =>
            {
                var entries = Named(reports);
                var table = ComparisonTable.Of(entries);
                files.Write(reports, table);
                Print(table, entries);
            },
            StopSignals.Current.Token);
    }

    /// <summary>A table with a column a model, and below it what the figures are over.</summary>
    public static void Print(
        ComparisonTable comparison,
        IReadOnlyList<(string Column, EvaluationReport Report)> entries,
        bool differences = false)
    {
        var table = new Table();
        string[] sets = [.. comparison.Rows.Select(row => row.Dataset).Distinct()];
        if (sets.Length == 1)
        {
            table.Title(TableConsole.Cell(comparison.Columns.Count == 1 ? $"{sets[0]}  ({entries[0].Report.Model})" : sets[0]));
        }
        else
        {
            table.AddColumn("set");
        }

        table.AddColumn("metric");
        foreach (var name in comparison.Columns.Count == 1 && sets.Length == 1 ? ["value"] : comparison.Columns)
        {
            table.AddColumn(new TableColumn(TableConsole.Cell(name)).RightAligned());
        }

        var later = differences ? Enumerable.Range(1, comparison.Columns.Count - 1).ToArray() : [];
        foreach (var column in later)
        {
            table.AddColumn(new TableColumn(TableConsole.Cell($"{comparison.Columns[column]} - {comparison.Columns[0]}")).RightAligned());
        }

        foreach (var row in comparison.Rows.Where(row => row.Metric is not (ComparisonRow.Count or ComparisonRow.Unreadable)))
        {
            string[] head = sets.Length == 1 ? [row.Metric] : [row.Dataset, row.Metric];
            table.AddRow([.. head.Concat(comparison.Columns.Select((_, column) => row.Text(column)))
                .Concat(later.Select(row.Difference))
                .Select(TableConsole.Cell)]);
        }

        var counts = entries.Select(entry => (entry.Report.Result.Dataset, Text: Count(entry.Report), entry.Column))
            .GroupBy(count => count.Dataset)
            .SelectMany(set => set.Select(count => count.Text).Distinct().Count() == 1
                ? [Label(set.First(), "")]
                : set.Select(count => Label(count, count.Column)));
        TableConsole.Write(table.Caption(string.Join('\n', counts.Select(TableConsole.Cell))));

        string Label((string Dataset, string Text, string Column) count, string column)
            => string.Join("  ", new[] { sets.Length == 1 ? "" : count.Dataset, column, count.Text }.Where(part => part.Length > 0));
    }

    /// <summary>The results with what is particular to their models' paths.</summary>
    public static IReadOnlyList<(string Column, EvaluationReport Report)> Named(IReadOnlyList<EvaluationReport> reports)
    {
        string[] models = [.. reports.Select(report => report.Model).Distinct()];
        var names = models.Zip(ShortNames.Of(models)).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. reports.Select(report => (names[report.Model], report))];
    }

    private static string Count(EvaluationReport report) => report.Result is { Unreadable: > 0 } result
        ? $"n = {result.Samples} of {result.Samples + result.Unreadable}, {result.Unreadable} unreadable"
        : $"n = {report.Result.Samples}";

    private static string Line(EvaluationProgress progress) => string.Create(
        CultureInfo.InvariantCulture,
        $"{progress.Set}  {progress.Done} of {progress.Total}  {progress.PerSecond:0.#}/s  encoder busy "
        + $"{progress.EncoderShare:P1}{(progress.Left is { } left ? $"  eta {(int)left.TotalMinutes}m{left.Seconds:00}s" : "")}");
}

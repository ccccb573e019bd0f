using System.Xml.Linq;
using PerceptionEncoder.Presentation;
using static System.FormattableString;

namespace PerceptionEncoder.Training.Reports;

/// <summary>Lays out the page of one run, from what matters most to what is looked up.</summary>
internal static class ReportPage
{
    public static XElement Build(RunReportContent content, RunMetrics metrics, string? config) => Html.Page(
        $"{content.Name} · run report",
        ReportStyle.Sheet,
        Head(content, metrics),
        ReportTiles.Build(content, metrics),
        Section("Training", Html.Element("div", "charts", [.. ReportCharts.Training(metrics)])),
        Evaluations(metrics),
        BadSamples(content.BadSamples),
        config is null
            ? null
            : Section(
                "Configuration",
                Html.Element(
                    "details",
                    "card",
                    Html.Element("summary", null, "config.yaml, as resolved"),
                    Html.Element("pre", null, config))));

    private static XElement Head(RunReportContent content, RunMetrics metrics)
    {
        var steps = metrics.Training.Count == 0 ? 0 : metrics.Training[^1].Step;
        var unreadable = metrics.UnreadableLines == 0
            ? string.Empty
            : $" · {metrics.UnreadableLines} unreadable lines of metrics.jsonl left out";
        return Html.Element(
            "header",
            null,
            Html.Element(
                "h1",
                null,
                content.Name,
                " ",
                Html.Element(
                    "span",
                    $"status {content.Status.ToString().ToLowerInvariant()}",
                    content.Status.ToString().ToLowerInvariant())),
            Html.Element("p", "muted", Invariant($"{content.Date:d MMMM yyyy, HH:mm} · {steps} steps{unreadable}")));
    }

    private static XElement? Evaluations(RunMetrics metrics)
    {
        var sets = metrics.Evaluations.ToArray();
        if (sets.Length == 0)
        {
            return null;
        }

        var charts = Html.Element("div", "charts", [.. ReportCharts.Evaluation(metrics)]);
        return Section("Evaluation", [charts, .. sets.Select(set => EvaluationTable(set.Key, [.. set]))]);
    }

    /// <summary>One row a measurement; the best value of each column stands out.</summary>
    private static XElement EvaluationTable(string dataset, EvaluationPoint[] points)
    {
        var names = EvaluationPoint.Figures(points);
        var best = names.ToDictionary(
            name => name,
            name => points.Max(point => point.Metrics.GetValueOrDefault(name, double.NegativeInfinity)));
        var rows = points.Select(point => names
            .Select(name => !point.Metrics.TryGetValue(name, out var value) ? "–"
                : value == best[name] ? Html.Element("strong", null, NumberText.Percent(value)) : (object)NumberText.Percent(value))
            .Prepend(NumberText.Short(point.Samples)).Prepend($"{point.Step}"));
        return Html.Element("div", "card", Html.Element("h3", null, dataset), Html.Table(["step", "samples", .. names], rows));
    }

    private static XElement? BadSamples(IReadOnlyDictionary<string, long> reasons)
    {
        if (reasons.Count == 0)
        {
            return null;
        }

        var rows = reasons.OrderByDescending(reason => reason.Value)
            .ThenBy(reason => reason.Key, StringComparer.Ordinal)
            .Select(reason => new object[] { reason.Key, $"{reason.Value}" });
        return Section("Skipped samples", Html.Element("div", "card narrow", Html.Table(["reason", "samples"], rows)));
    }

    private static XElement Section(string title, params object?[] content)
        => Html.Element("section", null, [Html.Element("h2", null, title), .. content]);
}

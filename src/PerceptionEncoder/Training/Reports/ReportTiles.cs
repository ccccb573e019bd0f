using System.Xml.Linq;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Training.Reports;

/// <summary>The figures at the head of the page.</summary>
internal static class ReportTiles
{
    public static XElement Build(RunReportContent content, RunMetrics metrics)
        => Html.Element("div", "tiles", [.. Evaluations(metrics), .. Training(content, metrics)]);

    /// <summary>Each data set's first metric: evaluators write their main one first.</summary>
    private static IEnumerable<XElement> Evaluations(RunMetrics metrics)
    {
        foreach (var set in metrics.Evaluations)
        {
            var name = set.SelectMany(point => point.Metrics.Keys).FirstOrDefault();
            if (name is not null)
            {
                var best = set.Where(point => point.Metrics.ContainsKey(name)).MaxBy(point => point.Metrics[name])!;
                yield return Tile(
                    $"{set.Key} {name.Replace('_', ' ')}",
                    NumberText.Percent(best.Metrics[name]),
                    $"best, at {NumberText.Short(best.Samples)} samples");
            }
        }
    }

    private static IEnumerable<XElement> Training(RunReportContent content, RunMetrics metrics)
    {
        if (Curve.Smoothed(Curve.Of(metrics.Training, "loss")) is [.., var loss] curve)
        {
            yield return Tile("loss", NumberText.Short(loss.Y), $"smoothed, from {NumberText.Short(curve[0].Y)}");
        }

        if (metrics.Training is [.., var last])
        {
            yield return Tile("samples seen", NumberText.Short(last.Samples), $"in {last.Step} steps");
        }

        if (content.TrainingTime is { } time)
        {
            yield return Tile("training time", NumberText.Duration(time), "without evaluation");
        }

        if (Curve.Of(metrics.Training, "images_per_second") is [_, ..] speeds)
        {
            var wait = Curve.Of(metrics.Training, "data_wait");
            var note = wait.Count == 0 ? "median" : $"median · data wait {NumberText.Percent(wait.Average(point => point.Y))}";
            yield return Tile("images per second", NumberText.Short(Median(speeds)), note);
        }
    }

    private static double Median(List<(double X, double Y)> points) => points.Select(point => point.Y).Order().ElementAt(points.Count / 2);

    private static XElement Tile(string name, string value, string note) => Html.Element(
        "div",
        "card tile",
        Html.Element("div", "name", name),
        Html.Element("div", "value", value),
        Html.Element("div", "muted", note));
}

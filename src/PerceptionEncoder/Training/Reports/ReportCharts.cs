using System.Xml.Linq;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Training.Reports;

/// <summary>The charts of a run, all over samples seen.</summary>
internal static class ReportCharts
{
    public static IEnumerable<XElement> Training(RunMetrics metrics)
    {
        var loss = Curve.Of(metrics.Training, "loss");
        if (loss.Count > 0)
        {
            yield return new LineChart
            {
                Title = "Loss",
                Unit = "smoothed; each step behind",
                Series = [new("smoothed", Curve.Thinned(Curve.Smoothed(loss)))],
                Shadow = new("each step", Curve.Thinned(loss)),
                FromZero = false,
                Stages = Stages(metrics),
                LastX = LastX(metrics),
            }.ToHtml();
        }

        (string Metric, string Title, string Unit, bool FromZero, bool Share)[] others =
        [
            ("learning_rate", "Learning rate", string.Empty, true, false),
            ("images_per_second", "Throughput", "images/s", true, false),
            ("data_wait", "Data wait", "share of a step's time", true, true),
            ("gradient_norm", "Gradient norm", "before clipping", true, false),
            ("logit_scale", "Logit scale", "inverse temperature", false, false),
        ];
        foreach (var (metric, title, unit, fromZero, share) in others)
        {
            var points = Curve.Of(metrics.Training, metric);
            if (points.Count > 0)
            {
                yield return new LineChart
                {
                    Title = title,
                    Unit = unit,
                    Series = [new("last", Curve.Thinned(points))],
                    FromZero = fromZero,
                    Axis = share ? NumberText.ShortPercent : NumberText.Short,
                    Value = share ? NumberText.Percent : NumberText.Short,
                    Stages = Stages(metrics),
                    LastX = LastX(metrics),
                }.ToHtml();
            }
        }
    }

    public static IEnumerable<XElement> Evaluation(RunMetrics metrics)
    {
        foreach (var set in metrics.Evaluations)
        {
            yield return new LineChart
            {
                Title = set.Key,
                Series =
                [
                    .. from name in EvaluationPoint.Figures(set)
                       select new ChartSeries(
                           name,
                           [.. set.Where(point => point.Metrics.ContainsKey(name)).Select(point => (point.Samples, point.Metrics[name]))],
                           Marked: true),
                ],
                Axis = NumberText.ShortPercent,
                Value = NumberText.Percent,
                Stages = Stages(metrics),
                LastX = LastX(metrics),
            }.ToHtml();
        }
    }

    private static (double X, string Label)[] Stages(RunMetrics metrics)
        => [.. metrics.Stages.Select(stage => (stage.Samples, $"{stage.Resolution:0} px"))];

    private static double LastX(RunMetrics metrics)
        => metrics.Training.Select(point => point.Samples)
            .Concat(metrics.Evaluations.SelectMany(set => set).Select(point => point.Samples))
            .DefaultIfEmpty(1).Max();
}

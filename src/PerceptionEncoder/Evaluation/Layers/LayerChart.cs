using System.Xml.Linq;
using PerceptionEncoder.Presentation;
using static System.FormattableString;

namespace PerceptionEncoder.Evaluation.Layers;

/// <summary>A sweep as a picture: a panel a task, a line a model, its best layer marked and named beside the last.</summary>
internal static class LayerChart
{
    private const int LargestColumns = 3;
    private const double PanelWidth = 520;
    private const double Left = 64;
    private const double Margin = 24;
    private const double Top = 44;
    private const double Height = 250;
    private const double LegendTop = Top + Height + 64;
    private const double LineHeight = 18;
    private const double KeyWidth = 28;
    private const double TextSize = 12;
    private const double TextWidth = PanelWidth - (2 * Margin) - KeyWidth;

    /// <summary>The SVG file.</summary>
    public static string Svg(LayerTable table)
    {
        string[] models = [.. table.Rows.Select(row => row.Model).Distinct()];
        var columns = Math.Clamp(table.Tasks.Count, 1, LargestColumns);
        var panels = table.Tasks.Select(task => Panel(task, models, table)).ToArray();
        var height = panels.Select(panel => panel.Height).DefaultIfEmpty(LegendTop).Max();
        foreach (var (i, (panel, _)) in panels.Index())
        {
            panel.Add(Html.Attribute("transform", Invariant($"translate({i % columns * PanelWidth} {i / columns * height})")));
        }

        return SvgPicture.Document(
            columns * PanelWidth,
            Math.Max(1, (panels.Length + columns - 1) / columns) * height,
            $"{string.Join(", ", models)}: {string.Join(", ", table.Tasks)} by layer",
            panels.Select(panel => panel.Panel));
    }

    private static (XElement Panel, double Height) Panel(string task, string[] models, LayerTable table)
    {
        var lines = table.Rows.Where(row => row.Task == task).GroupBy(row => row.Model)
            .Select(model => (Index: Array.IndexOf(models, model.Key), Rows: model.OrderBy(row => row.Layer).ToArray()))
            .OrderBy(line => line.Index).ToArray();
        var area = new ChartArea(ChartAxis.Counting(lines.Max(line => line.Rows[^1].Layer)), ChartAxis.Rounded(0, 1))
        {
            Left = Left,
            Top = Top,
            Width = PanelWidth - Left - Margin,
            Height = Height,
        };
        var (low, high) = table.Range(task);
        var panel = Html.Element(
            "g",
            null,
            SvgPicture.Words("heading", Left, Top - 20, TextFit.Cut(VisibleText.Line(task), area.Width, 16)),
            area.Rows(NumberText.Short),
            area.Columns(NumberText.Short, "layer"),
            Upwards(lines[0].Rows[0].IsError
                ? $"normalised, {NumberText.Short(high)} to {NumberText.Short(low)}"
                : $"normalised, {NumberText.Percent(low)} to {NumberText.Percent(high)}"));
        var baseline = LegendTop;
        foreach (var (index, rows) in lines)
        {
            panel.Add(Curve(index, rows, area, table));
            panel.Add(Line(index, Invariant($"M{Margin} {baseline - 4}L{Margin + 20} {baseline - 4}")));
            foreach (var text in Legend(rows, table))
            {
                panel.Add(SvgPicture.Words("words", Margin + KeyWidth, baseline, text));
                baseline += LineHeight;
            }
        }

        return (panel, baseline + 8);
    }

    /// <summary>The line, a dot a layer and a ring around the best.</summary>
    private static IEnumerable<XElement> Curve(int index, LayerRow[] rows, ChartArea area, LayerTable table)
    {
        var best = rows.MaxBy(table.Normalized)!;
        return
        [
            Line(index, area.Path(rows.Select(Place))),
            .. rows.Select(row => area.Dot(Look("dot", index), Place(row), 2.5, Told(row))),
            area.Dot(Look("ring", index), Place(best), 6.5, $"best: {Told(best)}"),
        ];

        (double X, double Y) Place(LayerRow row) => (row.Layer, table.Normalized(row));

        static string Told(LayerRow row) => $"{VisibleText.Line(row.Model)}, layer {row.Layer}: {Figure(row)}";
    }

    /// <summary>Beyond the number of colours, lines are dashed.</summary>
    private static XElement Line(int index, string path) => Html.Element(
        "path",
        Look("line", index),
        index < ReportStyle.Colors.Count ? null : Html.Attribute("stroke-dasharray", $"{6 * (index / ReportStyle.Colors.Count)} 3"),
        Html.Attribute("d", path));

    private static string Look(string name, int index) => $"{name} c{index % ReportStyle.Colors.Count}";

    /// <summary>One line, or where the name is long one for it and one for its layers.</summary>
    private static string[] Legend(LayerRow[] rows, LayerTable table)
    {
        var (name, best, last) = (VisibleText.Line(rows[0].Model), rows.MaxBy(table.Normalized)!, rows[^1]);
        var layers = $"best layer {best.Layer} ({Figure(best)}), last {last.Layer} ({Figure(last)})";
        return TextFit.Width($"{name}: {layers}", TextSize) <= TextWidth
            ? [$"{name}: {layers}"]
            : [TextFit.Cut($"{name}:", TextWidth, TextSize), layers];
    }

    private static string Figure(LayerRow row) => row.IsError ? NumberText.Short(row.Value) : NumberText.Percent(row.Value);

    /// <summary>The name of the vertical axis, written upwards beside it.</summary>
    private static XElement Upwards(string text)
    {
        var label = SvgPicture.Words("tick middle", 0, 0, text);
        label.Add(Html.Attribute("transform", Invariant($"translate(20 {Top + (Height / 2)}) rotate(-90)")));
        return label;
    }
}

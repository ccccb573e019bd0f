using System.Globalization;
using ScottPlot;

namespace PerceptionEncoder.Evaluation.Layers;

/// <summary>A sweep as a picture: a panel a task, a line a model, its best layer marked and named beside the last.</summary>
internal static class LayerChart
{
    private const int PanelWidth = 520;
    private const int PanelHeight = 360;
    private const int LargestColumns = 3;
    private const int LineHeight = 16;

    private static readonly Color[] Palette = [.. new[] { "#2f6db3", "#d9730d", "#2a8c5a", "#8b4bb3", "#c0392b", "#5c6670" }
        .Select(hex => Color.FromHex(hex))];

    /// <summary>Writes a PNG.</summary>
    public static void Write(string path, LayerTable table)
    {
        var columns = Math.Min(LargestColumns, table.Tasks.Count);
        var rows = (table.Tasks.Count + columns - 1) / columns;
        var figure = new Multiplot();
        figure.AddPlots(table.Tasks.Count);
        figure.Layout = new ScottPlot.MultiplotLayouts.Grid(rows, columns);
        foreach (var (i, task) in table.Tasks.Index())
        {
            Draw(figure.GetPlot(i), task, table);
        }

        figure.SavePng(
            path,
            columns * PanelWidth,
            rows * (PanelHeight + (LineHeight * table.Rows.Select(row => row.Model).Distinct().Count())));
        Array.ForEach(figure.GetPlots(), plot => plot.Dispose());
    }

    private static void Draw(Plot plot, string task, LayerTable table)
    {
        var deepest = 0;
        foreach (var (i, model) in table.Rows.Select(row => row.Model).Distinct().Index())
        {
            LayerRow[] line = [.. table.Rows.Where(row => row.Task == task && row.Model == model).OrderBy(row => row.Layer)];
            if (line.Length == 0)
            {
                continue;
            }

            var color = Palette[i % Palette.Length];
            var (best, last) = (line.MaxBy(row => row.Value)!, line[^1]);
            deepest = Math.Max(deepest, last.Layer);
            var curve = plot.Add.Scatter(line.Select(row => (double)row.Layer).ToArray(), line.Select(table.Normalized).ToArray(), color);
            curve.LineWidth = 2;
            curve.MarkerSize = 5;
            curve.LegendText = string.Create(
                CultureInfo.InvariantCulture,
                $"{model}: best layer {best.Layer} ({100 * best.Value:0.0} %), last {last.Layer} ({100 * last.Value:0.0} %)");
            plot.Add.Marker(best.Layer, table.Normalized(best), MarkerShape.OpenCircle, 13, color).MarkerStyle.LineWidth = 2;
        }

        plot.Title(task, size: 15);
        plot.XLabel("layer", size: 12);
        var (low, high) = table.Range(task);
        plot.YLabel(string.Create(CultureInfo.InvariantCulture, $"normalised, {100 * low:0.0} to {100 * high:0.0} %"), size: 12);
        plot.Axes.SetLimits(-0.3, deepest + 0.3, -0.06, 1.1);
        var step = Math.Max(1, (int)Math.Ceiling((deepest + 1) / 16.0));
        double[] ticks = [.. Enumerable.Range(0, deepest + 1).Where(layer => layer % step == 0).Select(layer => (double)layer)];
        plot.Axes.Bottom.SetTicks(ticks, [.. ticks.Select(tick => tick.ToString(CultureInfo.InvariantCulture))]);
        plot.Legend.FontSize = 12;
        plot.ShowLegend(Edge.Bottom);
    }
}

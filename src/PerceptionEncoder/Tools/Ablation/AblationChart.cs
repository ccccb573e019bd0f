using ScottPlot;

namespace PerceptionEncoder.Tools.Ablation;

/// <summary>The rows of an ablation as a picture: a bar for accuracy and one for robustness, step by step.</summary>
internal static class AblationChart
{
    private const int Width = 1100;
    private const int Height = 520;
    private const double BarWidth = 0.38;

    public static void Write(string path, string title, IReadOnlyList<AblationRow> rows)
    {
        using var plot = new Plot();
        Bars(plot, rows, "accuracy", row => row.Accuracy, -BarWidth / 2, Colors.SteelBlue);
        Bars(plot, rows, "mean robustness", row => row.Robustness, BarWidth / 2, Colors.DarkOrange);
        plot.Axes.Bottom.SetTicks([.. rows.Select(row => (double)row.Number)], [.. rows.Select(row => $"{row.Number}. {row.Name}")]);
        plot.Axes.Bottom.TickLabelStyle.Rotation = 20;
        plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.UpperLeft;
        plot.Axes.Bottom.MinimumSize = 130;
        plot.Axes.Right.MinimumSize = 90;
        plot.YLabel("%");
        plot.Title(title);
        plot.ShowLegend(Alignment.UpperLeft);
        plot.Axes.Margins(bottom: 0, top: 0.2);
        plot.SavePng(path, Width, Height);
    }

    private static void Bars(
        Plot plot,
        IReadOnlyList<AblationRow> rows,
        string name,
        Func<AblationRow, double?> value,
        double offset,
        Color color)
    {
        var bars = rows.Where(row => value(row) is not null).Select(row => new Bar
        {
            Position = row.Number + offset,
            Value = 100 * value(row)!.Value,
            Size = BarWidth,
            FillColor = color,
            LineWidth = 0,
            Label = $"{100 * value(row)!.Value:0.0}",
        }).ToArray();
        if (bars.Length > 0)
        {
            plot.Add.Bars(bars).LegendText = name;
        }
    }
}

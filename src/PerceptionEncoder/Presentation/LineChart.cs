using System.Xml.Linq;

namespace PerceptionEncoder.Presentation;

/// <summary>
/// A line chart over samples seen, as SVG in a figure: its colours follow the page's. The SVG is the area between the axes, places in it
/// are percentages, and only the lines are stretched; so labels, dots and strokes have the same size in every chart, on a phone as on a
/// wide screen.
/// </summary>
internal sealed class LineChart
{
    /// <summary>Side of the square that lines are drawn in before it is stretched.</summary>
    private const double Square = 1000;

    /// <summary>Heading.</summary>
    public required string Title { get; init; }

    /// <summary>Unit or explanation, after the heading.</summary>
    public string Unit { get; init; } = string.Empty;

    /// <summary>Lines, the first drawn lowest.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>Drawn faintly behind the lines, such as values before smoothing.</summary>
    public ChartSeries? Shadow { get; init; }

    /// <summary>Where stages begin, with a label each.</summary>
    public IReadOnlyList<(double X, string Label)> Stages { get; init; } = [];

    /// <summary>Largest X, so that all charts of a page have the same axis.</summary>
    public required double LastX { get; init; }

    /// <summary>Starts the vertical axis at zero.</summary>
    public bool FromZero { get; init; } = true;

    /// <summary>Writes values of the vertical axis.</summary>
    public Func<double, string> Axis { get; init; } = NumberText.Short;

    /// <summary>Writes values of the legend and of dots.</summary>
    public Func<double, string> Value { get; init; } = NumberText.Short;

    public XElement ToHtml()
    {
        var values = Series.Append(Shadow).SelectMany(series => series?.Points ?? []).Select(point => point.Y).DefaultIfEmpty(0).ToArray();
        var vertical = ChartAxis.Rounded(FromZero ? Math.Min(0, values.Min()) : values.Min(), values.Max());
        var area = new ChartArea(ChartAxis.Exact(0, LastX), vertical) { Width = 100, Height = 100, Unit = "%" };
        var square = area with { Width = Square, Height = Square, Unit = string.Empty };
        var svg = Html.Element(
            "svg",
            null,
            Html.Attribute("role", "img"),
            Html.Attribute("aria-label", $"{Title} {Unit} over samples seen"));
        svg.Add(area.Rows(Axis), area.Columns(NumberText.Short, "samples seen"));
        svg.Add(Stages.Where(stage => stage.X > 0).Select(stage => area.Upright("stage", stage.X)));
        svg.Add(Stages.Select(stage => area.Above("tick", stage.X, stage.Label)));
        svg.Add(Html.Element(
            "svg",
            null,
            Html.Attribute("viewBox", $"0 0 {Square} {Square}"),
            Html.Attribute("preserveAspectRatio", "none"),
            Html.Attribute("width", "100%"),
            Html.Attribute("height", "100%"),
            Shadow is null ? null : Path(Shadow, "shadow", square),
            Series.Select((series, index) => Path(series, $"line c{index % ReportStyle.Colors.Count}", square))));
        svg.Add(Series.Select((series, index) => series.Marked ? Dots(series, $"dot c{index % ReportStyle.Colors.Count}", area) : null));
        var heading = Html.Element("figcaption", null, Html.Element("strong", null, Title), Html.Element("span", "unit", Unit));
        return Html.Element("figure", "card", heading, Legend(), svg);
    }

    private XElement Legend() => Html.Element("div", "legend", [.. Series.Select((series, index) => Html.Element(
        "span",
        $"key c{index % ReportStyle.Colors.Count}",
        series.Name,
        " ",
        Html.Element("b", null, series.Points.Count == 0 ? "–" : Value(series.Points[^1].Y))))]);

    private static XElement Path(ChartSeries series, string className, ChartArea area)
        => Html.Element("path", className, Html.Attribute("d", area.Path(series.Points)));

    private XElement Dots(ChartSeries series, string className, ChartArea area)
        => Html.Element("g", null, [.. series.Points.Select(point => area.Dot(
            className,
            point,
            3.2,
            $"{series.Name} {Value(point.Y)} at {NumberText.Short(point.X)} samples"))]);
}

using System.Text;
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

    private const int Colors = 6;

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
        var horizontal = ChartAxis.Exact(0, LastX);
        var svg = Html.Element(
            "svg",
            null,
            Html.Attribute("role", "img"),
            Html.Attribute("aria-label", $"{Title} {Unit} over samples seen"));
        svg.Add(Grid(horizontal, vertical), Boundaries(horizontal));
        svg.Add(Html.Element(
            "svg",
            null,
            Html.Attribute("viewBox", $"0 0 {Square} {Square}"),
            Html.Attribute("preserveAspectRatio", "none"),
            Html.Attribute("width", "100%"),
            Html.Attribute("height", "100%"),
            Shadow is null ? null : Path(Shadow, "shadow", horizontal, vertical),
            Series.Select((series, index) => Path(series, $"line c{index % Colors}", horizontal, vertical))));
        svg.Add(Series.Select((series, index) => series.Marked ? Dots(series, $"dot c{index % Colors}", horizontal, vertical) : null));
        var heading = Html.Element("figcaption", null, Html.Element("strong", null, Title), Html.Element("span", "unit", Unit));
        return Html.Element("figure", "card", heading, Legend(), svg);
    }

    private XElement Legend() => Html.Element("div", "legend", [.. Series.Select((series, index) => Html.Element(
        "span",
        $"key c{index % Colors}",
        series.Name,
        " ",
        Html.Element("b", null, series.Points.Count == 0 ? "–" : Value(series.Points[^1].Y))))]);

    private XElement[] Grid(ChartAxis horizontal, ChartAxis vertical)
    {
        var rows = vertical.Ticks.SelectMany(tick => new[]
        {
            Line("grid", "0%", Y(vertical, tick), "100%", Y(vertical, tick)),
            Text("tick end", "0%", -7, Y(vertical, tick), 4, Axis(tick)),
        });
        var columns = horizontal.Ticks.SelectMany(tick => new[]
        {
            Line("mark", X(horizontal, tick), "100%", X(horizontal, tick), "102%"),
            Text("tick middle", X(horizontal, tick), 0, "100%", 18, NumberText.Short(tick)),
        });
        return [.. rows, Line("axis", "0%", "100%", "100%", "100%"), .. columns, Text("tick middle", "50%", 0, "100%", 35, "samples seen")];
    }

    private XElement[] Boundaries(ChartAxis horizontal) =>
    [
        .. Stages.Where(stage => stage.X > 0).Select(stage => Line("stage", X(horizontal, stage.X), "0%", X(horizontal, stage.X), "100%")),
        .. Stages.Select(stage => Text("tick", X(horizontal, stage.X), 4, "0%", -6, stage.Label)),
    ];

    private static XElement Path(ChartSeries series, string className, ChartAxis horizontal, ChartAxis vertical)
    {
        var path = new StringBuilder();
        foreach (var (x, y) in series.Points)
        {
            path.Append(path.Length == 0 ? 'M' : 'L')
                .Append($"{Square * horizontal.Position(x):0.#} {Square * (1 - vertical.Position(y)):0.#}");
        }

        return Html.Element("path", className, Html.Attribute("d", path));
    }

    private XElement Dots(ChartSeries series, string className, ChartAxis horizontal, ChartAxis vertical)
        => Html.Element("g", null, [.. series.Points.Select(point => Html.Element(
            "circle",
            className,
            Html.Attribute("cx", X(horizontal, point.X)),
            Html.Attribute("cy", Y(vertical, point.Y)),
            Html.Attribute("r", 3.2),
            Html.Element("title", null, $"{series.Name} {Value(point.Y)} at {NumberText.Short(point.X)} samples")))]);

    private static XElement Line(string className, string x1, string y1, string x2, string y2)
        => Html.Element(
            "line",
            className,
            Html.Attribute("x1", x1),
            Html.Attribute("y1", y1),
            Html.Attribute("x2", x2),
            Html.Attribute("y2", y2));

    /// <summary>Words at a place of the area, moved by pixels.</summary>
    private static XElement Text(string className, string x, double right, string y, double down, string text)
        => Html.Element(
            "text",
            className,
            Html.Attribute("x", x),
            Html.Attribute("dx", right),
            Html.Attribute("y", y),
            Html.Attribute("dy", down),
            text);

    private static string X(ChartAxis axis, double value) => $"{100 * axis.Position(value):0.##}%";

    private static string Y(ChartAxis axis, double value) => $"{100 * (1 - axis.Position(value)):0.##}%";
}

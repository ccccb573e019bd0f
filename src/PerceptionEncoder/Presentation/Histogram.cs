using System.Xml.Linq;
using static System.FormattableString;

namespace PerceptionEncoder.Presentation;

/// <summary>
/// Bars side by side over ranges of a number, as SVG in a figure. Places are percentages, as in a <see cref="LineChart"/>, so that labels
/// have the same size on a phone as on a wide screen.
/// </summary>
internal sealed class Histogram
{
    /// <summary>What a page's style sheet needs besides that of reports.</summary>
    public const string Sheet = """
        .bar { fill: var(--c0); } .bar:hover { fill: var(--c1); }
        .card + .charts { margin-top: 14px; }
        .reference { stroke: var(--c1); stroke-dasharray: 4 3; }
        """;

    private const double Gap = 0.12;            // of a bar's width

    /// <summary>Heading.</summary>
    public required string Title { get; init; }

    /// <summary>Explanation, after the heading.</summary>
    public string Note { get; init; } = string.Empty;

    /// <summary>What the horizontal axis counts.</summary>
    public required string Axis { get; init; }

    /// <summary>Ranges in order, each beginning where the one before ends, and how many are in it.</summary>
    public required IReadOnlyList<(double From, double To, long Count)> Bars { get; init; }

    /// <summary>Limits to compare with, drawn where they lie inside the ranges.</summary>
    public IReadOnlyList<(double Value, string Label)> References { get; init; } = [];

    public XElement ToHtml()
    {
        // The last range may go far beyond the others: it is drawn as wide as the first.
        var width = Bars[0].To - Bars[0].From;
        var end = Bars[0].From + (Bars.Count * width);
        var area = new ChartArea(ChartAxis.Exact(Bars[0].From, end), ChartAxis.Rounded(0, Bars.Max(bar => bar.Count)))
        {
            Width = 100,
            Height = 100,
            Unit = "%",
        };
        var svg = Html.Element("svg", null, Html.Attribute("role", "img"), Html.Attribute("aria-label", $"{Title}: {Note}"));
        svg.Add(area.Rows(NumberText.Short), area.Columns(NumberText.Short, Axis));
        svg.Add(Bars.Select((bar, index) => Bar(bar, Bars[0].From + (index * width), width, area)));
        svg.Add(References.Where(limit => limit.Value > Bars[0].From && limit.Value < end)
            .SelectMany(limit => new[] { area.Upright("reference", limit.Value), area.Above("tick", limit.Value, limit.Label) }));
        return Html.Element(
            "figure",
            "card",
            Html.Element("figcaption", null, Html.Element("strong", null, Title), Html.Element("span", "unit", Note)),
            svg);
    }

    private static XElement Bar((double From, double To, long Count) bar, double from, double width, ChartArea area)
    {
        var height = 100 * area.Vertical.Position(bar.Count);
        var across = 100 * width / (area.Horizontal.High - area.Horizontal.Low);
        return Html.Element(
            "rect",
            "bar",
            Html.Attribute("x", area.X(from + (width * Gap / 2))),
            Html.Attribute("y", Invariant($"{100 - height:0.##}%")),
            Html.Attribute("width", Invariant($"{across * (1 - Gap):0.###}%")),
            Html.Attribute("height", Invariant($"{height:0.##}%")),
            Html.Element("title", null, $"{NumberText.Short(bar.From)} to {NumberText.Short(bar.To)}: {bar.Count}"));
    }
}

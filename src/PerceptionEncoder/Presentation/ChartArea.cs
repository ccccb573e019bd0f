using System.Text;
using System.Xml.Linq;
using static System.FormattableString;

namespace PerceptionEncoder.Presentation;

/// <summary>
/// The rectangle of a chart that values are drawn in: turns them into places, and draws what every chart has. Looks go by class: a page
/// has them in its style sheet, a picture of its own in <see cref="SvgPicture"/>.
/// </summary>
internal sealed record ChartArea(ChartAxis Horizontal, ChartAxis Vertical)
{
    public double Left { get; init; }

    public double Top { get; init; }

    public required double Width { get; init; }

    public required double Height { get; init; }

    /// <summary>What places are measured in: nothing for pixels, or "%" of the picture.</summary>
    public string Unit { get; init; } = string.Empty;

    public string X(double value) => Across(Horizontal.Position(value));

    public string Y(double value) => Down(1 - Vertical.Position(value));

    /// <summary>The outline of a line, for an area in pixels.</summary>
    public string Path(IEnumerable<(double X, double Y)> points)
    {
        var path = new StringBuilder();
        foreach (var (x, y) in points)
        {
            var (across, down) = (Left + (Width * Horizontal.Position(x)), Top + (Height * (1 - Vertical.Position(y))));
            path.Append(path.Length == 0 ? 'M' : 'L').Append(Invariant($"{across:0.#} {down:0.#}"));
        }

        return path.ToString();
    }

    /// <summary>A line across and a label at each tick of the vertical axis, and the foot of the area.</summary>
    public XElement[] Rows(Func<double, string> label) =>
    [
        .. Vertical.Ticks.SelectMany(tick => new[]
        {
            Line("grid", Across(0), Y(tick), Across(1), Y(tick)),
            Text("tick end", Across(0), -7, Y(tick), 4, label(tick)),
        }),
        Line("axis", Across(0), Down(1), Across(1), Down(1)),
    ];

    /// <summary>A mark and a label at each tick of the horizontal axis, and what it counts.</summary>
    public XElement[] Columns(Func<double, string> label, string name) =>
    [
        .. Horizontal.Ticks.SelectMany(tick => new[]
        {
            Line("mark", X(tick), Down(1), X(tick), Down(1.02)),
            Text("tick middle", X(tick), 0, Down(1), 18, label(tick)),
        }),
        Text("tick middle", Across(0.5), 0, Down(1), 35, name),
    ];

    /// <summary>A line over the whole height.</summary>
    public XElement Upright(string className, double value) => Line(className, X(value), Down(0), X(value), Down(1));

    /// <summary>Words over the area, to the right of a value.</summary>
    public XElement Above(string className, double value, string text) => Text(className, X(value), 4, Down(0), -6, text);

    /// <summary>A circle at a point that says what it is when pointed at.</summary>
    public XElement Dot(string className, (double X, double Y) point, double radius, string title) => Html.Element(
        "circle",
        className,
        Html.Attribute("cx", X(point.X)),
        Html.Attribute("cy", Y(point.Y)),
        Html.Attribute("r", radius),
        Html.Element("title", null, title));

    /// <summary>
    /// A bar between two places of the horizontal axis, from the foot up to its value, which a label above tells; for an area in
    /// pixels.
    /// </summary>
    public XElement Bar(string className, (double From, double To) across, double value, string label, string title) => Html.Element(
        "g",
        null,
        Html.Element("title", null, title),
        Html.Element(
            "rect",
            className,
            Html.Attribute("x", X(across.From)),
            Html.Attribute("y", Y(value)),
            Html.Attribute("width", Width * (across.To - across.From) / (Horizontal.High - Horizontal.Low)),
            Html.Attribute("height", Height * Vertical.Position(value))),
        Text("words middle", X((across.From + across.To) / 2), 0, Y(value), -5, label));

    /// <summary>Words at a place, moved by pixels.</summary>
    private static XElement Text(string className, string x, double right, string y, double down, string text)
        => Html.Element(
            "text",
            className,
            Html.Attribute("x", x),
            Html.Attribute("dx", right),
            Html.Attribute("y", y),
            Html.Attribute("dy", down),
            text);

    private static XElement Line(string className, string x1, string y1, string x2, string y2)
        => Html.Element(
            "line",
            className,
            Html.Attribute("x1", x1),
            Html.Attribute("y1", y1),
            Html.Attribute("x2", x2),
            Html.Attribute("y2", y2));

    private string Across(double share) => Invariant($"{Left + (Width * share):0.##}{Unit}");

    private string Down(double share) => Invariant($"{Top + (Height * share):0.##}{Unit}");
}

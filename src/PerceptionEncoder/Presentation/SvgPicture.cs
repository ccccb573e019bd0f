using System.Xml.Linq;

namespace PerceptionEncoder.Presentation;

/// <summary>
/// A picture in a file of its own, on a light ground. The looks that a page's style sheet gives to classes are written into each element:
/// so it is the same in a browser, in any viewer, and where no styles are allowed. The same elements give the same bytes.
/// </summary>
internal static class SvgPicture
{
    private const string OwnColor = "own";

    private static readonly XNamespace Names = "http://www.w3.org/2000/svg";

    private static readonly Dictionary<string, (string Name, string Value)[]> Looks = new()
    {
        ["grid"] = [("stroke", ReportStyle.Grid)],
        ["axis"] = [("stroke", ReportStyle.Muted), ("stroke-opacity", "0.6")],
        ["mark"] = [("stroke", ReportStyle.Muted), ("stroke-opacity", "0.6")],
        ["heading"] = [("fill", ReportStyle.Ink), ("font-size", "15"), ("font-weight", "600")],
        ["words"] = [("fill", ReportStyle.Ink), ("font-size", "12")],
        ["tick"] = [("fill", ReportStyle.Muted), ("font-size", "12")],
        ["end"] = [("text-anchor", "end")],
        ["middle"] = [("text-anchor", "middle")],
        ["line"] = [("fill", "none"), ("stroke", OwnColor), ("stroke-width", "2"), ("stroke-linejoin", "round")],
        ["dot"] = [("fill", OwnColor)],
        ["ring"] = [("fill", "none"), ("stroke", OwnColor), ("stroke-width", "2")],
        ["bar"] = [("fill", OwnColor)],
    };

    /// <summary>The whole file.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="label">What it shows, for those who cannot see it.</param>
    /// <param name="content">Elements with classes of the report's style sheet and of the few that pictures alone have.</param>
    public static string Document(double width, double height, string label, params object?[] content)
    {
        var picture = Html.Element(
            "svg",
            null,
            Html.Attribute("viewBox", FormattableString.Invariant($"0 0 {width:0.##} {height:0.##}")),
            Html.Attribute("width", width),
            Html.Attribute("height", height),
            Html.Attribute("font-family", ReportStyle.Font),
            Html.Attribute("role", "img"),
            Html.Attribute("aria-label", label),
            Html.Element(
                "rect",
                null,
                Html.Attribute("width", width),
                Html.Attribute("height", height),
                Html.Attribute("fill", "#ffffff")),
            content);
        foreach (var element in picture.DescendantsAndSelf())
        {
            element.Name = Names + element.Name.LocalName;
            Dress(element);
        }

        return picture.ToString().ReplaceLineEndings("\n") + "\n";
    }

    /// <summary>Words that begin, or as their class says end or have their middle, at a place in pixels.</summary>
    public static XElement Words(string className, object x, object y, string text)
        => Html.Element("text", className, Html.Attribute("x", x), Html.Attribute("y", y), text);

    private static void Dress(XElement element)
    {
        if (element.Attribute("class") is not { } attribute)
        {
            return;
        }

        var classes = attribute.Value.Split(' ');
        attribute.Remove();
        var color = ReportStyle.Colors.Where((_, index) => classes.Contains($"c{index}")).SingleOrDefault();
        foreach (var (name, value) in classes.SelectMany(each => Looks.GetValueOrDefault(each, [])))
        {
            element.SetAttributeValue(name, value == OwnColor ? color : value);
        }
    }
}

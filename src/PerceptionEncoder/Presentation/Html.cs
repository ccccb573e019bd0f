using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace PerceptionEncoder.Presentation;

/// <summary>Elements of a page or a picture. They are XML, so that text is escaped and the whole is well formed by construction.</summary>
internal static class Html
{
    /// <summary>An element with a class; strings among <paramref name="content"/> become text.</summary>
    public static XElement Element(string name, string? className, params object?[] content)
    {
        var element = new XElement(name, className is null ? null : new XAttribute("class", className));
        foreach (var part in content)
        {
            element.Add(part is string text ? Printable(text) : part);
        }

        return element;
    }

    /// <summary>A whole page.</summary>
    /// <param name="title">Of the window.</param>
    /// <param name="style">Its style sheet.</param>
    /// <param name="content">Of its main part.</param>
    public static XElement Page(string title, string style, params object?[] content) => Element(
        "html",
        null,
        Attribute("lang", "en"),
        Element(
            "head",
            null,
            Element("meta", null, Attribute("charset", "utf-8")),
            Element("meta", null, Attribute("name", "viewport"), Attribute("content", "width=device-width, initial-scale=1")),
            Element("title", null, title),
            Element("style", null, style)),
        Element("body", null, Element("main", null, content))).WithoutEmptyTags();

    /// <summary>An attribute; numbers are written with two decimals at most, which is enough for coordinates.</summary>
    public static XAttribute Attribute(string name, object value)
        => new(name, value is double number ? number.ToString("0.##", CultureInfo.InvariantCulture) : Printable(value.ToString()!));

    /// <summary>A table; the first column is text, the others are numbers.</summary>
    public static XElement Table(IEnumerable<string> head, IEnumerable<IEnumerable<object>> rows) =>
        Element("div", "scroll", Element(
            "table",
            null,
            Element("thead", null, Element("tr", null, [.. head.Select(text => Element("th", null, text))])),
            Element("tbody", null, [.. rows.Select(row => Element("tr", null, [.. row.Select(cell => Element("td", null, cell))]))])));

    /// <summary>A browser reads an empty &lt;div/&gt; as one never closed.</summary>
    private static XElement WithoutEmptyTags(this XElement page)
    {
        foreach (var element in page.Descendants().Where(element => element.IsEmpty
            && element.Name.LocalName is "div" or "p" or "pre" or "td" or "th" or "span" or "style" or "summary"))
        {
            element.Value = string.Empty;
        }

        return page;
    }

    /// <summary>Characters that no page may contain are replaced by the mark for it.</summary>
    private static string Printable(string text)
    {
        var builder = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var allowed = rune.Value is '\t' or '\n' or '\r' || (!Rune.IsControl(rune) && rune.Value is not (0xFFFE or 0xFFFF));
            builder.Append(allowed ? rune : Rune.ReplacementChar);
        }

        return builder.ToString();
    }
}

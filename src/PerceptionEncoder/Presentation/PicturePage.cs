using System.Xml.Linq;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Presentation;

/// <summary>A page of pictures in groups, one file with all in it.</summary>
internal static class PicturePage
{
    /// <summary>What a page's style sheet needs besides that of reports.</summary>
    public const string Sheet = """
        .pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 12px; }
        .pictures .card + .card { margin-top: 0; }
        .picture { padding: 10px 12px; }
        .picture img { height: 150px; object-fit: contain; margin: 0 auto 6px; }
        .none { height: 150px; line-height: 150px; text-align: center; color: var(--muted); font-size: 13px; margin-bottom: 6px; }
        .caption { font-size: 13px; overflow-wrap: anywhere; }
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="path">What is there is replaced.</param>
    /// <param name="title">Of the page.</param>
    /// <param name="note">Below the title.</param>
    /// <param name="groups">A heading and its pictures each.</param>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string path, string title, string note, IEnumerable<(string Heading, IReadOnlyList<PictureCard> Cards)> groups)
    {
        var page = Html.Page(
            title,
            ReportStyle.Sheet + Sheet,
            [Html.Element("h1", null, title), Html.Element("p", "muted", note), .. groups.Select(Section)]);
        AtomicFile.WriteAllText(path, "<!DOCTYPE html>\n" + page.ToString(SaveOptions.DisableFormatting) + "\n");
    }

    private static XElement Section((string Heading, IReadOnlyList<PictureCard> Cards) group) => Html.Element(
        "section",
        null,
        Html.Element("h2", null, group.Heading),
        Pictures(group.Cards));

    /// <summary>Pictures side by side.</summary>
    public static XElement Pictures(IEnumerable<PictureCard> cards) => Html.Element("div", "pictures", [.. cards.Select(Card)]);

    private static XElement Card(PictureCard card) => Html.Element(
        "figure",
        "card picture",
        card.Jpeg is null
            ? Html.Element("div", "none", "no picture")
            : Html.Element(
                "img",
                null,
                Html.Attribute("alt", card.Caption),
                Html.Attribute("src", $"data:image/jpeg;base64,{Convert.ToBase64String(card.Jpeg)}")),
        Html.Element("div", "caption", card.Caption),
        Html.Element("div", "muted", card.Note));
}

using System.Globalization;
using System.Xml.Linq;
using PerceptionEncoder.Presentation;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Lays out what an inspection found: one file with all in it.</summary>
internal static class InspectionPage
{
    private const string Sheet = """
        .words td:not(:first-child), .words th:not(:first-child) { text-align: left; }
        .words td:not(:first-child) { white-space: normal; overflow-wrap: anywhere; }
        """;

    /// <summary>Contexts of the published text towers, to which longer captions are cut: 72 of the largest, 32 of the others.</summary>
    private static readonly (double Value, string Label)[] Contexts = [(32, "32"), (72, "72")];

    public static void Write(string path, InspectionReport report)
    {
        var page = Html.Page(
            "Shards",
            ReportStyle.Sheet + PicturePage.Sheet + Histogram.Sheet + Sheet,
            Html.Element("h1", null, string.Join(", ", report.Shards)),
            Html.Element(
                "p",
                "muted",
                $"{report.ShardCount} {(report.ShardCount == 1 ? "shard" : "shards")} · {NumberText.Bytes(report.Bytes)}"),
            Tiles(report),
            report.Pictures.Count == 0 ? null : Section("Contact sheet", PicturePage.Pictures(report.Pictures)),
            Problems(report),
            Media(report),
            Captions(report),
            Duplicates(report),
            Section("What the samples hold", Members(report.Members), Counts("field of the JSON", report.Fields)));
        AtomicFile.WriteAllText(path, "<!DOCTYPE html>\n" + page.ToString(SaveOptions.DisableFormatting) + "\n");
    }

    private static XElement Tiles(InspectionReport report)
    {
        var counted = report.Captions.FirstOrDefault(text => text.Characters is not null);
        return Html.Element(
            "div",
            "tiles",
            Tile("samples", NumberText.Short(report.Samples), string.Join(", ", report.Kinds.Select(KindText))),
            report.Seconds is { } seconds
                ? Tile("of clips", NumberText.Duration(TimeSpan.FromSeconds(seconds.Sum)), $"median {NumberText.Short(seconds.Median)} s")
                : null,
            report.ShortSide is { } side
                ? Tile("shorter side", NumberText.Short(side.Median), $"pixels, median; {side.Least:0} to {side.Most:0}")
                : null,
            counted is null ? null : Tile(
                "caption",
                NumberText.Short((counted.Tokens ?? counted.Characters!).Median),
                $"{(counted.Tokens is null ? "characters" : "tokens")}, median of {counted.Place}"),
            Tile("same files", NumberText.Short(report.SameContent.Extra), "beyond the first of each"),
            Tile("same captions", NumberText.Short(report.SameCaption.Extra), "beyond the first of each"),
            Tile("bad", NumberText.Short(report.Bad), NumberText.Percent((double)report.Bad / report.Samples)));
    }

    private static XElement? Problems(InspectionReport report) => report.Problems.Count == 0 ? null : Section(
        "What cannot be used",
        Words(
            ["reason", "count", "what becomes of it", "the first"],
            report.Problems.Select(problem => new object[]
            {
                problem.Reason,
                NumberText.Short(problem.Count),
                problem.IsLeftOut ? "left out" : "used as far as it goes",
                Lines(problem.Examples.Select(example => $"{Name(example.Sample)}: {example.Detail}")),
            })));

    private static XElement? Media(InspectionReport report) => report.Formats.Count + report.Resolutions.Count == 0 ? null : Section(
        "Pictures and clips",
        Charts(
            Chart("Shorter side", "pixels", report.ShortSide),
            Chart("Width over height", "", report.Proportion),
            Chart("Length", "seconds", report.Seconds),
            Chart("Frames", "of a clip", report.Frames),
            Chart("Frames a second", "", report.FrameRate)),
        Counts("codec or format", report.Formats),
        Counts("size", report.Resolutions));

    private static XElement? Captions(InspectionReport report) => report.Captions.Count == 0 ? null : Section(
        "Captions",
        Html.Element("div", "card", Html.Table(
            ["place", "samples", "blank", "characters, median", "95%", "longest", "tokens, median", "95%", "longest"],
            report.Captions.Select(text => new[]
            {
                text.Place, NumberText.Short(text.Samples), NumberText.Short(text.Blank),
            }.Concat(Lengths(text.Characters)).Concat(Lengths(text.Tokens))))),
        Charts([.. report.Captions.Select(text => Chart(text.Place, "tokens, with start and end", text.Tokens, Contexts)
            ?? Chart(text.Place, "characters", text.Characters))]),
        Words(
            ["place", "scripts"],
            report.Captions.Where(text => text.Scripts.Count > 0).Select(text => new object[]
            {
                text.Place,
                string.Join(", ", text.Scripts.Select(script => $"{script.Name} {NumberText.Short(script.Samples)}")),
            })));

    private static XElement? Duplicates(InspectionReport report)
    {
        (string Name, InspectedDuplicates Found)[] kinds =
            [("Files", report.SameContent), ("Captions", report.SameCaption), ("Keys", report.SameKey)];
        var found = kinds.Where(kind => kind.Found.Groups > 0).ToArray();
        return found.Length == 0 ? null : Section("What comes more than once", [.. found.Select(kind => Html.Element(
            "div",
            null,
            Html.Element("p", "muted", $"{kind.Name}: {kind.Found.Groups} come more than once, {kind.Found.Extra} samples too many"),
            Words(
                ["times", kind.Name == "Keys" ? "key" : "caption", "the first"],
                kind.Found.Largest.Select(group => new object[]
                {
                    NumberText.Short(group.Samples), group.Text, Lines(group.Members.Select(Name)),
                }))))]);
    }

    private static XElement Members(IReadOnlyList<InspectedCount> members) => Html.Element("div", "card", Html.Table(
        ["member", "samples", "bytes", "on average"],
        members.Select(member => new[]
        {
            member.Name, NumberText.Short(member.Samples), NumberText.Bytes(member.Bytes ?? 0),
            NumberText.Bytes((member.Bytes ?? 0) / Math.Max(1, member.Samples)),
        })));

    private static XElement? Counts(string name, IReadOnlyList<InspectedCount> counts) => counts.Count == 0 ? null : Html.Element(
        "div",
        "card narrow",
        Html.Table([name, "samples"], counts.Select(count => new[] { count.Name, NumberText.Short(count.Samples) })));

    private static XElement Words(string[] head, IEnumerable<object[]> rows)
        => Html.Element("div", "card words", Html.Table(head, rows));

    private static XElement Charts(params XElement?[] charts) => Html.Element("div", "charts", [.. charts]);

    private static XElement? Chart(
        string title,
        string axis,
        InspectedNumbers? numbers,
        IReadOnlyList<(double Value, string Label)>? references = null)
        => numbers is null ? null : new Histogram
        {
            Title = title,
            Axis = axis,
            Note = $"median {NumberText.Short(numbers.Median)}, 95% up to {NumberText.Short(numbers.Percentile95)}, "
                + $"most {NumberText.Short(numbers.Most)}",
            Bars = [.. numbers.Histogram.Select(bin => (bin.From, bin.To, bin.Count))],
            References = references ?? [],
        }.ToHtml();

    private static string[] Lengths(InspectedNumbers? numbers) => numbers is null ? ["–", "–", "–"] :
        [NumberText.Short(numbers.Median), NumberText.Short(numbers.Percentile95), NumberText.Short(numbers.Most)];

    private static XElement Lines(IEnumerable<string> lines)
        => Html.Element("span", null, [.. lines.SelectMany(line => new object[] { VisibleText.Line(line), Html.Element("br", null) })]);

    private static string Name(InspectedSample sample) => sample.Key is null ? sample.Shard : $"{sample.Shard}: {sample.Key}";

    private static string KindText(InspectedCount kind)
        => $"{kind.Samples.ToString("N0", CultureInfo.InvariantCulture)} {kind.Name.Replace('_', ' ')}";

    private static XElement Tile(string name, string value, string note) => Html.Element(
        "div",
        "card tile",
        Html.Element("div", "name", name),
        Html.Element("div", "value", value),
        Html.Element("div", "muted", note));

    private static XElement Section(string title, params object?[] content)
        => Html.Element("section", null, [Html.Element("h2", null, title), .. content]);
}

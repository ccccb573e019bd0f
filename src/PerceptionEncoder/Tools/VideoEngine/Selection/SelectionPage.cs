using System.Globalization;
using System.Xml.Linq;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Presentation;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tools.Inspection;
using static System.FormattableString;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>Shows what was kept and dropped: of each kind of clip side by side, and of each reason.</summary>
internal static class SelectionPage
{
    private const int MostClusters = 24;
    private const int OfEach = 6;
    private const string Kept = "kept";
    private const string Rank = "rank";

    private const string Sheet = """
        .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 20px; }
        .sides h3 { margin-top: 6px; }
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="path">What is there is replaced.</param>
    /// <param name="summary">The figures.</param>
    /// <param name="chosen">All clips.</param>
    /// <param name="paths">Their shards, of which those that hold a clip shown are read once more.</param>
    /// <param name="reader">Decodes the pictures.</param>
    /// <param name="cancellation">Stops.</param>
    public static void Write(
        string path,
        SelectionSummary summary,
        IReadOnlyList<ChosenClip> chosen,
        IReadOnlyList<string> paths,
        IVideoReader reader,
        CancellationToken cancellation)
    {
        var clusters = chosen.Where(clip => clip.Cluster is not null).GroupBy(clip => clip.Cluster!.Value).OrderBy(group => group.Key)
            .ToArray();
        var sides = clusters.Take(MostClusters).Select(group => (
            group.Key,
            Count: group.Count(),
            Kept: Best(group.Where(clip => clip.IsKept)),
            Dropped: Best(group.Where(clip => !clip.IsKept)))).ToArray();
        var others = chosen.Where(clip => clip.Reason is not (Kept or Rank)).GroupBy(clip => clip.Reason)
            .OrderByDescending(group => group.Count())
            .Select(group => (group.Key, Count: group.Count(), Some: group.Take(OfEach).ToArray())).ToArray();
        var pictures = Pictures(
            paths,
            sides.SelectMany(side => side.Kept.Concat(side.Dropped)).Concat(others.SelectMany(other => other.Some)),
            reader,
            cancellation);
        var page = Html.Page(
            "Selection of clips",
            ReportStyle.Sheet + PicturePage.Sheet + Histogram.Sheet + Sheet,
            Html.Element("h1", null, "Selection of clips"),
            Html.Element("p", "muted", Invariant($"{summary.Kept} of {summary.Clips} clips are kept")
                + (summary.Scorer is { } scorer
                    ? Invariant($" · ranked by a scorer of {scorer.Examples} labels, AUC {scorer.Auc:0.000} ± {scorer.Deviation:0.000}")
                    : " · ranked by motion")),
            Section("What becomes of them", Html.Element("div", "card narrow", Html.Table(
                ["reason", "clips", ""],
                summary.ByReason.Select(reason => new[]
                {
                    reason.Key,
                    reason.Value.ToString(CultureInfo.InvariantCulture),
                    NumberText.Percent((double)reason.Value / summary.Clips),
                })))),
            summary.Questions is not { } asked ? null : Section("What was answered", Html.Element("div", "card narrow", Html.Table(
                ["question", "yes", "no", "unknown"],
                asked.Questions.Select(question => new[]
                {
                    question.Name,
                    question.Yes.ToString(CultureInfo.InvariantCulture),
                    question.No.ToString(CultureInfo.InvariantCulture),
                    question.Unknown.ToString(CultureInfo.InvariantCulture),
                })))),
            Section("What was measured", Charts(chosen)),
            sides.Select(side => Section(
                Invariant($"Kind {side.Key + 1}: {side.Count} clips"),
                Html.Element(
                    "div",
                    "sides",
                    Side("kept, the best", side.Kept, pictures),
                    Side("dropped, the best", side.Dropped, pictures)))),
            clusters.Length <= MostClusters ? null
                : Html.Element("p", "muted", $"and {clusters.Length - MostClusters} smaller kinds"),
            others.Select(other => Section(
                Invariant($"Dropped: {other.Key}, {other.Count} clips"),
                PicturePage.Pictures(other.Some.Select(clip => Card(clip, pictures))))));
        AtomicFile.WriteAllText(path, "<!DOCTYPE html>\n" + page.ToString(SaveOptions.DisableFormatting) + "\n");
    }

    private static ChosenClip[] Best(IEnumerable<ChosenClip> clips) => [.. clips.OrderBy(clip => clip.Rank).Take(OfEach)];

    private static XElement Charts(IReadOnlyList<ChosenClip> chosen)
    {
        var measured = chosen.Where(clip => clip.Clip.Frames is not null).Select(clip => clip.Clip).ToArray();
        return Html.Element(
            "div",
            "charts",
            Chart("Motion vectors", "mean length, % of the shorter side", 0.1, measured.Select(clip => 100 * clip.Motion)),
            Chart("Frame difference", "% of the range", 0.1, measured.Select(clip => (double?)(100 * clip.Frames!.Difference))),
            Chart("Length", "seconds", 0.1, measured.Where(clip => clip.Seconds > 0).Select(clip => (double?)clip.Seconds)),
            Chart("Cuts", "in a clip", 1, measured.Select(clip => (double?)clip.Frames!.Cuts)));
    }

    private static XElement? Chart(string title, string axis, double step, IEnumerable<double?> values)
    {
        var numbers = new Distribution(step);
        foreach (var value in values.OfType<double>())
        {
            numbers.Add(value);
        }

        return numbers.Summarize() is not { } summary ? null : new Histogram
        {
            Title = title,
            Axis = axis,
            Note = $"median {NumberText.Short(summary.Median)}, most {NumberText.Short(summary.Most)}",
            Bars = [.. summary.Histogram.Select(bin => (bin.From, bin.To, bin.Count))],
        }.ToHtml();
    }

    private static XElement Side(string name, ChosenClip[] clips, Dictionary<string, byte[]> pictures) => Html.Element(
        "div",
        null,
        Html.Element("h3", null, name),
        PicturePage.Pictures(clips.Select(clip => Card(clip, pictures))));

    private static PictureCard Card(ChosenClip clip, Dictionary<string, byte[]> pictures)
    {
        var score = clip.Score is { } number ? Invariant($" · {number:0.000}") : "";
        var motion = clip.Clip.Motion is { } length ? Invariant($" · motion {100 * length:0.##}%") : "";
        return new PictureCard(
            VisibleText.Line(clip.Clip.Key),
            VisibleText.Line($"{clip.Reason}: {clip.Detail}{score}{motion}"),
            pictures.GetValueOrDefault(clip.Clip.Source));
    }

    private static XElement Section(string title, params object?[] content)
        => Html.Element("section", null, [Html.Element("h2", null, title), .. content]);

    private static Dictionary<string, byte[]> Pictures(
        IReadOnlyList<string> paths,
        IEnumerable<ChosenClip> clips,
        IVideoReader reader,
        CancellationToken cancellation)
    {
        var wanted = clips.Select(clip => clip.Clip).DistinctBy(clip => clip.Source).ToArray();
        var sources = wanted.Select(clip => clip.Source).ToHashSet(StringComparer.Ordinal);
        var found = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var shards = wanted.Select(clip => clip.Shard).ToHashSet(StringComparer.Ordinal);
        foreach (var sample in SampleReader.ReadShards(paths.Where(path => shards.Contains(ShardAddress.Shown(path))), new BadSamples()))
        {
            cancellation.ThrowIfCancellationRequested();
            var source = $"{sample.Shard}:{sample.Key}";
            if (sources.Remove(source) && SamplePicture.Of(sample, reader, cancellation) is { } picture)
            {
                found[source] = picture;
            }
        }

        return found;
    }
}

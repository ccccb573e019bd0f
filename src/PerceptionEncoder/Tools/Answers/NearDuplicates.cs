using System.Globalization;
using PerceptionEncoder.Presentation;
using PerceptionEncoder.Search;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Tools.Features;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Answers;

/// <summary>Finds images that are nearly the same, in one set or between two.</summary>
public sealed record NearDuplicates
{
    /// <summary>Groups that a page shows.</summary>
    private const int MostShown = 200;

    private const int RowsAtOnce = 1024;

    /// <summary>Images, or a feature file of them.</summary>
    public required FeatureSource Source { get; init; }

    /// <summary>Another set whose images are looked for in the first, such as a test part; null to look inside the first alone.</summary>
    public FeatureSource? Between { get; init; }

    /// <summary>Cosine from which two images count as the same.</summary>
    public double Threshold { get; init; } = 0.95;

    /// <summary>Looks through all pairs.</summary>
    /// <param name="log">Takes lines about what is used.</param>
    /// <param name="report">Called after each batch of images that are encoded.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="UserErrorException">Bad options, inputs or features; says what to do.</exception>
    public DuplicateReport Run(Action<string> log, Action<EncodingProgress>? report, CancellationToken cancellation)
    {
        if (!(Threshold is > 0 and <= 1))
        {
            throw new UserErrorException(
                string.Create(CultureInfo.InvariantCulture, $"--threshold {Threshold}: is a cosine above 0, up to 1."));
        }

        var path = Source.Find(log, report, cancellation);
        using var index = SearchIndex.Open(path);
        if (Between is { } other)
        {
            return Compare(path, index, other.Find(log, report, cancellation), cancellation);
        }

        return new DuplicateReport(
            path,
            index.Count,
            [.. index.Groups((float)Threshold, cancellation).Select(group => (IReadOnlyList<DuplicateItem>)
                [.. group.Select(row => new DuplicateItem(index.IdOf(row), row == group[0] ? 1 : index.CosineOf(group[0], row)))])]);
    }

    /// <summary>
    /// Writes a row for each image of a group: its number, the id, the cosine with the first, and <c>keep</c> or <c>drop</c>.
    /// </summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void WriteCsv(string path, DuplicateReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var lines = report.Groups.SelectMany((group, number) => group.Select((item, place) => TableText.CsvLine(
        [
            (number + 1).ToString(CultureInfo.InvariantCulture), item.Id,
            item.Cosine.ToString("0.0000", CultureInfo.InvariantCulture), place == 0 ? "keep" : "drop",
        ])));
        AtomicFile.WriteAllText(path, string.Concat(lines.Prepend(TableText.CsvLine(["group", "id", "cosine", "what"]))));
    }

    /// <summary>Writes a page of the first groups, the largest first.</summary>
    /// <param name="path">What is there is replaced.</param>
    /// <param name="report">What was found.</param>
    /// <param name="inputs">Where pictures are whose ids are no paths; may be none.</param>
    /// <exception cref="UserErrorException">An input is missing, or the file cannot be written.</exception>
    public static void WritePage(string path, DuplicateReport report, IReadOnlyList<string> inputs)
    {
        ArgumentNullException.ThrowIfNull(report);
        var shown = report.Groups.OrderByDescending(group => group.Count).Take(MostShown).ToArray();
        var pictures = Thumbnails.Find(shown.SelectMany(group => group.Select(item => item.Id)), inputs);
        PicturePage.Write(
            path,
            "Near-duplicates",
            $"{report.Features}: {report.Groups.Count} groups, {shown.Length} shown",
            shown.Select((group, number) => (
                $"{number + 1}: {group.Count} pictures",
                (IReadOnlyList<PictureCard>)[.. group.Select(item => new PictureCard(
                    item.Id,
                    item.Cosine.ToString("0.0000", CultureInfo.InvariantCulture),
                    pictures.GetValueOrDefault(item.Id)))])));
    }

    private DuplicateReport Compare(string path, SearchIndex index, string otherPath, CancellationToken cancellation)
    {
        using var first = FeatureReader.Open(path);
        using var other = FeatureReader.Open(otherPath);
        if (!first.RowShape.SequenceEqual(other.RowShape)
            || (first.Metadata.TryGetValue(FeatureMetadata.Model, out var one)
                && other.Metadata.TryGetValue(FeatureMetadata.Model, out var two) && one != two))
        {
            throw new UserErrorException(
                $"{otherPath}: holds features of another model than {path}. Encode both with the same checkpoint.");
        }

        var found = new SortedDictionary<int, List<DuplicateItem>>();
        using var keys = other.Keys().GetEnumerator();
        foreach (var block in other.Blocks(RowsAtOnce))
        {
            using var scope = NewDisposeScope();
            using (block)
            {
                var finite = block.isfinite().all(1).unsqueeze(1);
                foreach (var hits in index.FindEach(block.to(float32).where(finite, zeros(1)), 1, cancellation: cancellation))
                {
                    keys.MoveNext();
                    if (hits.Count > 0 && hits[0].Score >= (float)Threshold)
                    {
                        if (!found.TryGetValue(hits[0].Row, out var group))
                        {
                            found.Add(hits[0].Row, group = [new DuplicateItem(hits[0].Id, 1)]);
                        }

                        group.Add(new DuplicateItem(keys.Current, hits[0].Score));
                    }
                }
            }
        }

        return new DuplicateReport(path, other.Rows, [.. found.Values]);
    }
}

using System.Globalization;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Tools.Answers;

/// <summary>What a search found, as a page of pictures.</summary>
public static class SearchPage
{
    /// <summary>Writes the page; pictures that cannot be found are left blank.</summary>
    /// <param name="path">What is there is replaced.</param>
    /// <param name="report">What was found.</param>
    /// <param name="inputs">Where pictures are whose ids are no paths: shards, tables; may be none.</param>
    /// <exception cref="UserErrorException">An input is missing, or the file cannot be written.</exception>
    public static void Write(string path, SearchReport report, IReadOnlyList<string> inputs)
    {
        ArgumentNullException.ThrowIfNull(report);
        var ids = report.Answers.SelectMany(answer => answer.Hits.Select(hit => hit.Id));
        var queries = report.Answers.Where(answer => answer.Kind == "image").Select(answer => answer.Query);
        var pictures = Thumbnails.Find(ids.Concat(queries), inputs);
        PicturePage.Write(
            path,
            "Search",
            $"{report.Features}: {report.Rows} rows",
            report.Answers.Select(answer => (
                answer.Query,
                (IReadOnlyList<PictureCard>)
                [
                    .. answer.Kind == "image" ? (PictureCard[])[Card(answer.Query, "the query")] : [],
                    .. answer.Hits.Select((hit, rank) => Card(
                        hit.Id,
                        string.Create(CultureInfo.InvariantCulture, $"{rank + 1}: {hit.Score:0.0000}"))),
                ])));

        PictureCard Card(string id, string note) => new(id, note, pictures.GetValueOrDefault(id));
    }
}

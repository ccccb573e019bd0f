using PerceptionEncoder.Inference;
using PerceptionEncoder.Search;

namespace SearchService;

/// <summary>GET /search?text=...; POST /search with a picture, or with a text as JSON.</summary>
internal static class SearchEndpoints
{
    private const int DefaultTop = 10;
    private const int MaximumTop = 1000;

    public static void MapSearch(this WebApplication app, SearchIndex index)
    {
        app.MapGet("/search", async (string text, int? top, string? ids, EncodingQueue queue, CancellationToken stop)
            => Find(index, await queue.EncodeTextAsync(text, stop), top, ids));
        app.MapPost("/search", async (HttpRequest request, int? top, string? ids, EncodingQueue queue, CancellationToken stop) =>
        {
            var feature = request.HasJsonContentType()
                ? await queue.EncodeTextAsync((await TextRequest.ReadAsync(request, stop)).Text, stop)
                : await queue.EncodeImageAsync(request.Body, stop);
            return Find(index, feature, top, ids);
        });
    }

    /// <param name="index">What is searched.</param>
    /// <param name="feature">Of the question.</param>
    /// <param name="top">Hits.</param>
    /// <param name="ids">A pattern of the ids to choose from, such as <c>2024/*</c>; null for all.</param>
    private static SearchAnswer Find(SearchIndex index, float[] feature, int? top, string? ids)
    {
        var filter = string.IsNullOrEmpty(ids) ? null : index.Filter([ids]);
        var hits = index.Find(feature, Math.Clamp(top ?? DefaultTop, 1, MaximumTop), filter);
        return new SearchAnswer([.. hits.Select(hit => new FoundRow(hit.Id, hit.Score))]);
    }
}

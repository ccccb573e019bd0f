using System.Text.Json;

namespace SearchService;

/// <summary>A text to encode or to search by.</summary>
internal sealed record TextRequest(string Text)
{
    /// <exception cref="BadHttpRequestException">The body is no such JSON.</exception>
    public static async Task<TextRequest> ReadAsync(HttpRequest request, CancellationToken stop)
    {
        try
        {
            return await request.ReadFromJsonAsync<TextRequest>(stop) ?? throw new BadHttpRequestException("The body has no text.");
        }
        catch (JsonException problem)
        {
            throw new BadHttpRequestException("The body is no JSON with a text.", problem);
        }
    }
}

/// <summary>A feature of unit length.</summary>
internal sealed record EmbeddingAnswer(float[] Feature);

/// <summary>What was found, best first.</summary>
internal sealed record SearchAnswer(FoundRow[] Hits);

/// <summary>A row of the feature file, and its cosine with the question.</summary>
internal sealed record FoundRow(string Id, float Score);

using PerceptionEncoder.Inference;

namespace SearchService;

/// <summary>POST /embed/image and /embed/text.</summary>
internal static class EmbeddingEndpoints
{
    public static void MapEmbedding(this WebApplication app)
    {
        // The body is read once there is a place in the queue: until then a client is held back instead of kept in memory.
        app.MapPost("/embed/image", async (HttpRequest request, EncodingQueue queue, CancellationToken stop)
            => new EmbeddingAnswer(await queue.EncodeImageAsync(request.Body, stop)));
        app.MapPost("/embed/text", async (TextRequest request, EncodingQueue queue, CancellationToken stop)
            => new EmbeddingAnswer(await queue.EncodeTextAsync(request.Text, stop)));
    }
}

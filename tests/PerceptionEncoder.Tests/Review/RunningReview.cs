using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Review;

namespace PerceptionEncoder.Tests.Review;

/// <summary>A review server on this machine, and what its page would ask it.</summary>
internal sealed class RunningReview : IAsyncDisposable
{
    private readonly ReviewServer server;

    private RunningReview(ReviewServer server)
    {
        this.server = server;
        Client = new HttpClient(new HttpClientHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = server.Page };
    }

    public HttpClient Client { get; }

    public Uri Page => server.Page;

    public static async Task<RunningReview> Start(ReviewServerOptions options, Action<string>? log = null, TimeProvider? clock = null)
        => new(await ReviewServer.Start(options, log ?? (_ => { }), clock: clock));

    public static ReviewServerOptions Options(string shards, string state) => new() { Shards = [shards], State = state, Port = 0 };

    /// <summary>A post that succeeds.</summary>
    public async Task<JsonNode> Ask(string path, object body)
    {
        using var response = await Post(path, body);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    /// <summary>A post that is refused: its status, and why.</summary>
    public async Task<(HttpStatusCode Status, string Problem)> Refused(string path, object body)
    {
        using var response = await Post(path, body);
        Assert.False(response.IsSuccessStatusCode, $"{path}: {response.StatusCode}");
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length > 0 ? JsonNode.Parse(text)!["problem"]!.GetValue<string>() : "");
    }

    public Task<HttpResponseMessage> Post(string path, object body)
        => Client.PostAsync(path, JsonContent.Create(body, options: new JsonSerializerOptions()));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await server.Stop(limit.Token);
        await server.DisposeAsync();
    }
}

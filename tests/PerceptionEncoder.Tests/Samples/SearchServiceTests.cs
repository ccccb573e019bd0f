using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PerceptionEncoder.Inference;
using SearchService;

namespace PerceptionEncoder.Tests.Samples;

public sealed class SearchServiceTests
{
    [Fact]
    public async Task Pictures_and_texts_are_embedded_as_by_the_encoder_itself()
    {
        await using var service = await RunningService.Start();
        var picture = service.Pictures[2];
        AssertClose(service.Encoder.EncodeImage(picture), await Feature(await Post(service, "embed/image", picture)));
        AssertClose(service.Encoder.EncodeText("a cat"), await Feature(await PostText(service, "embed/text", "a cat")));
    }

    [Fact]
    public async Task A_picture_finds_itself_and_a_text_finds_as_many_as_are_asked_for()
    {
        await using var service = await RunningService.Start();
        var hits = await Hits(await Post(service, "search?top=3", service.Pictures[4]));
        Assert.Equal(3, hits.Length);
        Assert.Equal("even/4", hits[0].Id);
        Assert.Equal(1, hits[0].Score, 1e-4);
        Assert.Equal(hits.OrderByDescending(hit => hit.Score), hits);

        Assert.Equal("odd/", (await Hits(await Post(service, "search?ids=odd/*&top=1", service.Pictures[4])))[0].Id[..4]);
        var byText = await Hits(await service.Client.GetAsync(new Uri("search?text=a+cat&top=5", UriKind.Relative)));
        Assert.Equal(5, byText.Length);
        Assert.Equal(byText, await Hits(await PostText(service, "search?top=5", "a cat")));
    }

    [Fact]
    public async Task It_says_that_it_is_well_and_what_it_does()
    {
        await using var service = await RunningService.Start();
        await PostText(service, "embed/text", "a cat");
        Assert.Equal("Healthy", await service.Client.GetStringAsync(new Uri("health", UriKind.Relative)));
        var metrics = await service.Client.GetStringAsync(new Uri("metrics", UriKind.Relative));
        Assert.Contains("perceptionencoder_encoding_batch_size_bucket{input=\"text\",le=\"1\"} 2", metrics, StringComparison.Ordinal);
        Assert.Contains("encoding_request_duration_count{input=\"text\",outcome=\"done\"}", metrics, StringComparison.Ordinal);
        Assert.Contains("perceptionencoder_encoding_queue_length{input=\"image\"} 0", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_question_is_refused_with_a_reason()
    {
        await using var service = await RunningService.Start(settings: "--Kestrel:Limits:MaxRequestBodySize=5000");
        await AssertRefused(HttpStatusCode.BadRequest, "not an image", Post(service, "embed/image", "no picture"u8.ToArray()));
        await AssertRefused(HttpStatusCode.BadRequest, "empty file", Post(service, "search", []));
        await AssertRefused(HttpStatusCode.RequestEntityTooLarge, "too large", Post(service, "embed/image", new byte[5001]));
        using var noText = JsonContent.Create(new { words = "a cat" });
        await AssertRefused(HttpStatusCode.BadRequest, "text", service.Client.PostAsync(new Uri("search", UriKind.Relative), noText));
        using var nothing = JsonContent.Create(new { text = (string?)null });
        using var answer = await service.Client.PostAsync(new Uri("embed/text", UriKind.Relative), nothing);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_full_queue_sends_clients_away_to_come_again()
    {
        await using var service = await RunningService.Start(
            settings: ["--PerceptionEncoder:Queue:Capacity=2", "--PerceptionEncoder:Queue:WhenFull=Refuse"]);
        using var release = new ManualResetEventSlim();
        var busy = service.Encoder.Compute(() => release.Wait(TimeSpan.FromMinutes(1)), CancellationToken.None);
        var inside = Enumerable.Range(0, 2).Select(index => Post(service, "embed/image", service.Pictures[index])).ToArray();
        await Until(() => service.Queue.Length == 2);
        using var refused = await Post(service, "embed/image", service.Pictures[3]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        release.Set();
        await busy;
        Assert.All(await Task.WhenAll(inside), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
    }

    [Fact]
    public async Task Clients_that_hang_up_are_not_computed()
    {
        await using var service = await RunningService.Start();
        using var batches = new ComputedInputs();
        using var release = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        var busy = service.Encoder.Compute(() => release.Wait(TimeSpan.FromMinutes(1)), CancellationToken.None);
        var leaving = Enumerable.Range(0, 40)
            .Select(index => Post(service, "embed/image", service.Pictures[index % 6], stop.Token)).ToArray();
        await Until(() => service.Queue.Length == 40);
        await stop.CancelAsync();
        foreach (var client in leaving)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client);
        }

        await Until(() => service.Queue.Length == 0);                // though the encoder is still at another thing
        release.Set();
        await busy;
        await Post(service, "embed/image", service.Pictures[0]);
        Assert.Equal(1, batches.Count);
    }

    [Fact]
    public void What_cannot_be_opened_is_one_line_before_anything_listens()
    {
        Assert.StartsWith(
            "PerceptionEncoder:Checkpoint is not set",
            Assert.Throws<UserErrorException>(() => SearchApplication.Create([])).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "none.pt: no such file",
            Assert.Throws<UserErrorException>(() => SearchApplication.Create(["--PerceptionEncoder:Checkpoint=none.pt"])).Message,
            StringComparison.Ordinal);
    }

    internal static async Task<HttpResponseMessage> Post(
        RunningService service,
        string address,
        byte[] body,
        CancellationToken cancellation = default)
    {
        using var content = new ByteArrayContent(body);
        return await service.Client.PostAsync(new Uri(address, UriKind.Relative), content, cancellation);
    }

    private static async Task<HttpResponseMessage> PostText(RunningService service, string address, string text)
    {
        using var content = JsonContent.Create(new { text });
        return await service.Client.PostAsync(new Uri(address, UriKind.Relative), content);
    }

    private static async Task<float[]> Feature(HttpResponseMessage answer)
        => (await Read(answer)).GetProperty("feature").Deserialize<float[]>()!;

    private static async Task<(string Id, float Score)[]> Hits(HttpResponseMessage answer)
        => [.. (await Read(answer)).GetProperty("hits").EnumerateArray()
            .Select(hit => (hit.GetProperty("id").GetString()!, hit.GetProperty("score").GetSingle()))];

    private static async Task<JsonElement> Read(HttpResponseMessage answer)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, text);
            return JsonDocument.Parse(text).RootElement;
        }
    }

    private static async Task AssertRefused(HttpStatusCode expected, string reason, Task<HttpResponseMessage> answering)
    {
        using var answer = await answering;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(expected == answer.StatusCode, $"{answer.StatusCode}: {text}");
        Assert.True(text.Contains(reason, StringComparison.OrdinalIgnoreCase), text);
    }

    private static async Task Until(Func<bool> condition)
    {
        for (var turn = 0; turn < 3000 && !condition(); turn++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }

    private static void AssertClose(float[] expected, float[] actual)
        => Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
}

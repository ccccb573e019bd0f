using System.Formats.Tar;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>A review as a process that is asked, stopped and killed, and what is made of it.</summary>
public sealed class ReviewCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-review-").FullName;
    private readonly HttpClient client = new(new HttpClientHandler { UseProxy = false });

    public void Dispose()
    {
        client.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Decisions_outlive_a_killed_server_and_become_dialogues()
    {
        Write("clips.tar", 12);
        var port = FreePort();
        string[] command =
            ["video-engine", "review", At("clips.tar"), "--state", At("reviews.sqlite"), "--port", $"{port}", "--reviewer", "Ann"];
        var decided = 0;
        for (var kill = 0; kill < 3; kill++)
        {
            using var pe = PeProcess.Start(command);
            await Answers(pe, port);
            for (var i = 0; i < 3; i++)
            {
                await Decide(port, decided % 3 == 0 ? "edited" : "accepted");
                decided++;
            }

            await Ask(port, "take");                                            // lent to nobody that comes back
            pe.Signal("KILL");
            pe.Wait();
        }

        using (var pe = PeProcess.Start(command))
        {
            var session = await Answers(pe, port);
            Assert.Equal("Ann", session["reviewer"]!.GetValue<string>());
            await Decide(port, "rejected");
            var (code, output, error) = pe.EndInTwoSeconds("INT");
            Assert.True(code == 130, $"{code}\n{output}\n{error}");
            Assert.Contains("12 clips, 9 of 12 reviews done", output, StringComparison.Ordinal);
            Assert.Contains($"http://127.0.0.1:{port}/", output, StringComparison.Ordinal);
            Assert.Contains("10 of 12 reviews done", output, StringComparison.Ordinal);
        }

        var (exported, printed, problem) = PeProcess.Run(
            "video-engine", "export-reviews", "--state", At("reviews.sqlite"), "--output", At("out"), "--with-shards",
            "--json", At("out.json"));
        Assert.True(exported == 0, printed + problem);
        Assert.Contains("reviews.jsonl: 9 clips", printed, StringComparison.Ordinal);
        Assert.Contains("shards: 11 clips, 9 with captions by people; 1 left out", printed, StringComparison.Ordinal);
        Assert.Contains("60.0% accepted, 30.0% edited, 10.0% rejected", printed, StringComparison.Ordinal);
        Assert.Equal(9, File.ReadAllLines(At("out/reviews.jsonl")).Length);
        Assert.All(
            File.ReadLines(At("out/reviews.jsonl")),
            line => Assert.True(File.Exists(At($"out/{JsonNode.Parse(line)!["video"]!.GetValue<string>()}"))));
        using var summary = JsonDocument.Parse(File.ReadAllText(At("out.json")));
        Assert.Equal(10, summary.RootElement.GetProperty("metrics").GetProperty("reviews").GetInt32());
        Assert.Equal(0.6, summary.RootElement.GetProperty("metrics").GetProperty("acceptance").GetDouble(), 1e-12);
    }

    [Fact]
    public async Task An_address_for_others_has_a_token()
    {
        Write("clips.tar", 1);
        var port = FreePort();
        using var pe = PeProcess.StartFrom(
            "export PE_REVIEW_TOKEN=0123456789abcdef; \"$@\"",
            "video-engine", "review", At("clips.tar"), "--state", At("reviews.sqlite"), "--port", $"{port}", "--bind", "0.0.0.0");
        using var refused = await Reached(pe, $"http://127.0.0.1:{port}/api/session");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var entered = await client.GetAsync($"http://127.0.0.1:{port}/?token=0123456789abcdef");
        Assert.Contains("Review of captions", await entered.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        pe.Signal("TERM");
        var (_, output, error) = pe.Wait();
        Assert.DoesNotContain("0123456789abcdef", output + error, StringComparison.Ordinal);
        Assert.Contains("?token=$PE_REVIEW_TOKEN", output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_reviewed_is_one_line_and_exit_code_2()
    {
        Write("clips.tar", 1);
        foreach (var (arguments, message) in new (string[], string)[]
        {
            (["review", At("gone.tar"), "--state", At("s")], "does not exist"),
            (["review", At("clips.tar"), "--state", At("clips.tar")], "is no state of reviews"),
            (["review", At("clips.tar"), "--state", At("s"), "--draft", "json.gone"], "no clip with a draft at json.gone"),
            (["review", At("clips.tar"), "--state", At("s"), "--bind", "nowhere"], "is no address"),
            (["review", At("clips.tar"), "--state", At("s"), "--double-share", "2"], "is no share from 0 to 1"),
            (["export-reviews", "--state", At("gone.sqlite")], "no such file"),
            (["export-reviews", "--state", At("gone.sqlite"), "--with-shards"], "name a folder for both (--output)"),
        })
        {
            var (code, output, error) = PeProcess.Run(["video-engine", .. arguments]);
            Assert.True(code == 2, output + error);
            var line = Assert.Single(error.Split('\n'), text => text.StartsWith("pe: ", StringComparison.Ordinal));
            Assert.Contains(message, line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_other_commands_need_no_web_framework()
    {
        var settings = Path.ChangeExtension(Repository.Pe, ".runtimeconfig.json");
        Assert.DoesNotContain("AspNetCore", File.ReadAllText(settings), StringComparison.Ordinal);
    }

    private string At(string name) => Path.Combine(folder, name);

    private void Write(string name, int count)
    {
        using var tar = new TarWriter(File.Create(At(name)));
        for (var i = 0; i < count; i++)
        {
            Add($"{i:D4}.mp4", [(byte)i, 2, 3]);
            Add($"{i:D4}.json", Encoding.UTF8.GetBytes($$"""{"caption": "Draft {{i}}."}"""));
        }

        void Add(string member, byte[] data)
            => tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, member) { DataStream = new MemoryStream(data) });
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Waits until the server answers.</summary>
    private async Task<JsonNode> Answers(PeProcess pe, int port)
    {
        using var response = await Reached(pe, $"http://127.0.0.1:{port}/api/session");
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    private async Task<HttpResponseMessage> Reached(PeProcess pe, string address)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await client.GetAsync(address);
            }
            catch (HttpRequestException) when (attempt < 600 && !pe.HasExited)
            {
                await Task.Delay(50);
            }
            catch (HttpRequestException)
            {
                var (code, output, error) = pe.Wait();
                Assert.Fail($"{address} is not reached; pe ended with {code}\n{output}\n{error}");
            }
        }
    }

    private async Task<JsonNode> Ask(int port, string path, object? body = null)
    {
        using var response = await client.PostAsJsonAsync(
            $"http://127.0.0.1:{port}/api/{path}",
            body ?? new { client = "browser", reviewer = "Ann" });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    private async Task Decide(int port, string verdict)
    {
        var clip = (await Ask(port, "take"))["clip"]!;
        await Ask(port, "decide", new
        {
            client = "browser",
            reviewer = "Ann",
            clip = clip["id"]!.GetValue<long>(),
            request = Guid.NewGuid().ToString("N"),
            verdict,
            draft = clip["draft"]!.GetValue<string>(),
            caption = verdict == "edited" ? "Better." : null,
            spans = Array.Empty<object>(),
            seconds = 2,
        });
    }
}

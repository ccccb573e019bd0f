using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Tests.Review;

/// <summary>
/// Chromium without a window, driven by its DevTools protocol over a WebSocket. Each tab is of a profile of its own, as on the machine of
/// another person.
/// </summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly DirectoryInfo folder;
    private readonly ClientWebSocket socket = new();
    private readonly SemaphoreSlim sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonObject>> answers = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> events = new();
    private Task reading = Task.CompletedTask;
    private int last;

    private Browser(Process process, DirectoryInfo folder) => (this.process, this.folder) = (process, folder);

    private static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .SelectMany(place => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(place, name)))
        .FirstOrDefault(File.Exists);

    public static void SkipWithout() => Skip.If(Program is null, "Chromium is not installed (apt-get install chromium)");

    public static async Task<Browser> Start()
    {
        var folder = Directory.CreateTempSubdirectory("pe-browser-");
        var process = Process.Start(new ProcessStartInfo(
            Program!,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
                "--remote-debugging-port=0", $"--user-data-dir={folder.FullName}", "about:blank",
            ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var browser = new Browser(process, folder);
        try
        {
            var place = await browser.Place();
            await browser.socket.ConnectAsync(place, CancellationToken.None).WaitAsync(Patience);
            browser.reading = Task.Run(browser.Read);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new tab with nothing kept from others.</summary>
    public async Task<BrowserTab> Open(int width = 1280, int height = 800, bool isPhone = false)
    {
        var context = (await Send("Target.createBrowserContext"))["browserContextId"]!.GetValue<string>();
        var target = await Send("Target.createTarget", new JsonObject { ["url"] = "about:blank", ["browserContextId"] = context });
        var attached = await Send(
            "Target.attachToTarget",
            new JsonObject { ["targetId"] = target["targetId"]!.DeepClone(), ["flatten"] = true });
        var tab = new BrowserTab(this, attached["sessionId"]!.GetValue<string>());
        foreach (var domain in new[] { "Page", "Runtime", "Log" })
        {
            await tab.Send($"{domain}.enable");
        }

        await tab.Send(
            "Emulation.setDeviceMetricsOverride",
            new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = isPhone });
        return tab;
    }

    /// <summary>What has happened in a tab that should not: faults of scripts, dialogs, refusals of the page's policy.</summary>
    public IReadOnlyCollection<string> Events(string session)
        => events.TryGetValue(session, out var happened) ? happened : (IReadOnlyCollection<string>)[];

    public async Task<JsonObject> Send(string method, JsonObject? parameters = null, string? session = null)
    {
        var id = Interlocked.Increment(ref last);
        var answer = answers[id] = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? new JsonObject() };
        if (session is not null)
        {
            message["sessionId"] = session;
        }

        await sending.WaitAsync();
        try
        {
            ReadOnlyMemory<byte> bytes = JsonSerializer.SerializeToUtf8Bytes(message);
            await socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            sending.Release();
        }

        var result = await answer.Task.WaitAsync(Patience);
        return result["error"] is { } error
            ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}")
            : result["result"]!.AsObject();
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        try
        {
            await reading.WaitAsync(TimeSpan.FromSeconds(5));
        }
        catch (Exception end) when (end is WebSocketException or TimeoutException)
        {
            // It is gone.
        }

        process.Dispose();
        socket.Dispose();
        sending.Dispose();
        for (var attempt = 0; folder.Exists && attempt < 50; attempt++)         // its children may be writing still
        {
            try
            {
                folder.Delete(recursive: true);
            }
            catch (IOException)
            {
                await Task.Delay(100);
            }

            folder.Refresh();
        }
    }

    private async Task<Uri> Place()
    {
        var file = Path.Combine(folder.FullName, "DevToolsActivePort");
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Patience && !process.HasExited)
        {
            if (File.Exists(file) && await File.ReadAllLinesAsync(file) is [var port, var path, ..])
            {
                return new Uri($"ws://127.0.0.1:{port}{path}");
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException($"{Program} does not start");
    }

    private async Task Read()
    {
        var buffer = new byte[1 << 16];
        while (true)
        {
            using var message = new MemoryStream();
            WebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                message.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);

            Take(JsonNode.Parse(message.ToArray())!.AsObject());
        }
    }

    private void Take(JsonObject message)
    {
        if (message["id"]?.GetValue<int>() is { } id)
        {
            answers.TryRemove(id, out var answer);
            answer?.SetResult(message);
            return;
        }

        var session = message["sessionId"]?.GetValue<string>() ?? "";
        var method = message["method"]!.GetValue<string>();
        if (method == "Page.javascriptDialogOpening")
        {
            _ = Send("Page.handleJavaScriptDialog", new JsonObject { ["accept"] = true }, session);
        }

        var isError = method == "Log.entryAdded" && message["params"]!["entry"]!["level"]!.GetValue<string>() == "error"
            && message["params"]!["entry"]!["source"]!.GetValue<string>() != "network";
        if (isError || method is "Page.javascriptDialogOpening" or "Runtime.exceptionThrown")
        {
            events.GetOrAdd(session, _ => new ConcurrentQueue<string>()).Enqueue(message.ToJsonString());
        }
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace PerceptionEncoder.Tests.Tools.VideoEngine;

/// <summary>
/// An endpoint in the test's own process that speaks the protocol of chats and answers by a script: it stands in for a hosted model, and
/// counts the calls.
/// </summary>
internal sealed class ScriptedEndpoint : IDisposable
{
    private readonly HttpListener listener;
    private readonly Func<Call, Reply> script;
    private readonly CancellationTokenSource over = new();
    private readonly Task serving;
    private readonly Lock gate = new();
    private int open;
    private int delivered;

    public ScriptedEndpoint(Func<Call, Reply> script)
    {
        this.script = script;
        (listener, Port) = Listen();
        serving = Serve();
    }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}/v1";

    public ConcurrentQueue<Call> Calls { get; } = new();

    /// <summary>Replies that went out whole.</summary>
    public int Delivered => Volatile.Read(ref delivered);

    /// <summary>Calls that waited for an answer at the same time.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>An answer as models give it.</summary>
    public static Reply Says(string text, int input = 100, int output = 10, string finish = "stop")
        => new(200, JsonSerializer.Serialize(new
        {
            id = "scripted",
            @object = "chat.completion",
            created = 1,
            model = "scripted",
            choices = new[] { new { index = 0, message = new { role = "assistant", content = text }, finish_reason = finish } },
            usage = new { prompt_tokens = input, completion_tokens = output, total_tokens = input + output },
        }));

    /// <summary>An error as endpoints give it.</summary>
    public static Reply Error(int status, string message)
        => new(status, JsonSerializer.Serialize(new { error = new { message, type = "scripted", code = "scripted" } }));

    public void Dispose()
    {
        if (serving.IsCompleted)
        {
            return;
        }

        over.Cancel();
        listener.Stop();
        serving.GetAwaiter().GetResult();
        listener.Close();
        over.Dispose();
    }

    private static (HttpListener Listener, int Port) Listen()
    {
        for (var attempt = 0; ; attempt++)
        {
            int port;
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                port = ((IPEndPoint)probe.LocalEndpoint).Port;
            }

            var listener = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
            try
            {
                listener.Start();
                return (listener, port);
            }
            catch (HttpListenerException) when (attempt < 10)
            {
                // Another process took the port in between.
            }
        }
    }

    private async Task Serve()
    {
        var answering = new List<Task>();
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                answering.Add(Task.Run(() => Answer(context)));
            }
        }
        catch (Exception end) when (end is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            await Task.WhenAll(answering);              // the test is over
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        lock (gate)
        {
            MostAtOnce = Math.Max(MostAtOnce, ++open);
        }

        try
        {
            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var call = Call.Of(context.Request, await reader.ReadToEndAsync());
            Calls.Enqueue(call);
            var reply = script(call);
            if (reply.Delay > TimeSpan.Zero)
            {
                await Task.Delay(reply.Delay, over.Token);
            }

            context.Response.StatusCode = reply.Status;
            context.Response.ContentType = reply.ContentType;
            if (reply.RetryAfter is { } seconds)
            {
                context.Response.AddHeader("Retry-After", seconds.ToString(CultureInfo.InvariantCulture));
            }

            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(reply.Body));
            context.Response.Close();
            Interlocked.Increment(ref delivered);
        }
        catch (Exception hungUp) when (hungUp
            is HttpListenerException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            context.Response.Abort();                   // a client that is killed or gives up
        }
        finally
        {
            lock (gate)
            {
                open--;
            }
        }
    }

    /// <param name="Path">Of the address.</param>
    /// <param name="Authorization">Header with the key.</param>
    /// <param name="Model">Asked for.</param>
    /// <param name="Text">Of the question.</param>
    /// <param name="Pictures">In it, as data addresses.</param>
    /// <param name="Body">All of it.</param>
    internal sealed record Call(
        string Path,
        string? Authorization,
        string Model,
        string Text,
        IReadOnlyList<string> Pictures,
        JsonElement Body)
    {
        public bool IsSummary => Text.Contains("BEGIN DATA", StringComparison.Ordinal);

        public static Call Of(HttpListenerRequest request, string body)
        {
            var json = JsonSerializer.Deserialize<JsonElement>(body);
            var content = json.GetProperty("messages")[0].GetProperty("content");
            JsonElement[] parts = content.ValueKind == JsonValueKind.String ? [] : [.. content.EnumerateArray()];
            var texts = parts.Where(part => part.GetProperty("type").GetString() == "text")
                .Select(part => part.GetProperty("text").GetString());
            return new Call(
                request.Url!.AbsolutePath,
                request.Headers["Authorization"],
                json.GetProperty("model").GetString()!,
                parts.Length == 0 ? content.GetString()! : string.Concat(texts),
                [.. parts.Where(part => part.GetProperty("type").GetString() == "image_url")
                    .Select(part => part.GetProperty("image_url").GetProperty("url").GetString()!)],
                json);
        }
    }

    /// <param name="Status">HTTP status.</param>
    /// <param name="Body">Text of it.</param>
    internal sealed record Reply(int Status, string Body)
    {
        public string ContentType { get; init; } = "application/json";

        public int? RetryAfter { get; init; }

        public TimeSpan Delay { get; init; }
    }
}

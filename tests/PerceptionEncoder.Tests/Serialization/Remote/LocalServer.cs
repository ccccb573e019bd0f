using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PerceptionEncoder.Tests.Serialization.Remote;

/// <summary>An HTTP server of one test on a free local port: each request goes to <see cref="Answer"/>, and is remembered.</summary>
internal sealed class LocalServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<Request, Reply> answer;
    private readonly CancellationTokenSource over = new();
    private readonly Task serving;

    public LocalServer(Func<Request, Reply> answer)
    {
        this.answer = answer;
        listener.Start();
        serving = Serve();
    }

    public ConcurrentQueue<Request> Requests { get; } = new();

    public Uri Root => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");

    /// <summary>A whole or ranged answer, as a good server gives.</summary>
    public static Reply File(Request request, byte[] content, string etag = "\"v1\"")
    {
        var same = !request.Headers.TryGetValue("If-Range", out var wanted) || wanted == etag;
        if (!same || !request.Headers.TryGetValue("Range", out var range))
        {
            return new Reply(200, content) { Headers = { ["ETag"] = etag } };
        }

        var ends = range["bytes=".Length..].Split('-');
        var from = int.Parse(ends[0], CultureInfo.InvariantCulture);
        var to = ends[1].Length > 0 ? Math.Min(int.Parse(ends[1], CultureInfo.InvariantCulture) + 1, content.Length) : content.Length;
        return from < content.Length
            ? new Reply(206, content[from..to])
            {
                Headers = { ["ETag"] = etag, ["Content-Range"] = $"bytes {from}-{to - 1}/{content.Length}" },
            }
            : new Reply(416, []) { Headers = { ["Content-Range"] = $"bytes */{content.Length}" } };
    }

    public static Reply Text(string text) => new(200, Encoding.UTF8.GetBytes(text));

    public static Reply NotFound { get; } = new(404, []);

    public void Dispose()
    {
        over.Cancel();
        listener.Dispose();
        serving.GetAwaiter().GetResult();
        over.Dispose();
    }

    private async Task Serve()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.Add(Converse(await listener.AcceptSocketAsync()));
            }
        }
        catch (Exception failure) when (failure is SocketException or InvalidOperationException)        // disposed, or between two waits
        {
            await Task.WhenAll(open);                   // the test is over
        }
    }

    private async Task Converse(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        var request = await Receive(stream);
        Requests.Enqueue(request);
        var reply = answer(request);
        var head = new StringBuilder($"HTTP/1.1 {reply.Status} X\r\nContent-Length: {reply.Body.Length}\r\nConnection: close\r\n");
        foreach (var (name, value) in reply.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
            await stream.WriteAsync(reply.Body.AsMemory(0, request.Method == "HEAD" ? 0 : reply.DropAfter ?? reply.Body.Length));
            if (reply.Stalls)
            {
                await Task.Delay(Timeout.Infinite, over.Token);
            }
        }
        catch (Exception hungUp) when (hungUp is IOException or OperationCanceledException)
        {
            // A client that cancels hangs up: that is what some tests are about.
        }
    }

    private static async Task<Request> Receive(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var line = (await reader.ReadLineAsync() ?? "GET /nothing").Split(' ');
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await reader.ReadLineAsync() is { Length: > 0 } header)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            headers[header[..colon]] = header[(colon + 1)..].Trim();
        }

        return new Request(line[1], headers) { Method = line[0] };
    }

    internal sealed record Request(string Path, IReadOnlyDictionary<string, string> Headers)
    {
        public string Method { get; init; } = "GET";

        public string? Range => Headers.GetValueOrDefault("Range");
    }

    /// <param name="Status">HTTP status.</param>
    /// <param name="Body">What Content-Length announces.</param>
    internal sealed record Reply(int Status, byte[] Body)
    {
        public Dictionary<string, string> Headers { get; } = [];

        /// <summary>Closes the connection after so many bytes of the body.</summary>
        public int? DropAfter { get; init; }

        /// <summary>Then keeps the connection and sends no more.</summary>
        public bool Stalls { get; init; }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Tests.Serialization.Remote;

namespace PerceptionEncoder.Tests.Data.Remote;

/// <summary>
/// An object store of one test: path-style addresses, GET with ranges, HEAD and ListObjectsV2 two keys a page, all of it signed
/// (Signature Version 4) with <see cref="Key"/> and <see cref="Secret"/>, or refused.
/// </summary>
internal sealed class S3Server : IDisposable
{
    public const string Key = "AKIDEXAMPLE";
    public const string Secret = "wJalrXUtnFEMI+EXAMPLEKEY";
    private const int PageSize = 2;
    private readonly LocalServer server;

    /// <param name="objects">By bucket/key.</param>
    /// <param name="change">Of the answers; null for none.</param>
    public S3Server(
        IReadOnlyDictionary<string, byte[]> objects,
        Func<LocalServer.Request, LocalServer.Reply, LocalServer.Reply>? change = null)
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", Key);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", Secret);
        server = new LocalServer(request =>
        {
            var reply = IsSigned(request) ? Answer(request, objects) : Error(403, "SignatureDoesNotMatch");
            return change?.Invoke(request, reply) ?? reply;
        });
    }

    public S3Options Options => new() { Endpoint = server.Root.AbsoluteUri, Region = "eu-test-1" };

    public LocalServer.Request[] Requests => [.. server.Requests];

    public static LocalServer.Reply Error(int status, string code)
        => new(status, Encoding.UTF8.GetBytes($"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>"));

    public void Dispose() => server.Dispose();

    private static LocalServer.Reply Answer(LocalServer.Request request, IReadOnlyDictionary<string, byte[]> objects)
    {
        var url = new Uri(new Uri("http://store"), request.Path);
        var query = url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[^1]));
        var name = Uri.UnescapeDataString(url.AbsolutePath).TrimStart('/');
        if (query.ContainsKey("list-type"))
        {
            return List(name.TrimEnd('/') + "/", query, objects);
        }

        if (!objects.TryGetValue(name, out var content))
        {
            return Error(404, "NoSuchKey");
        }

        var etag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"";
        return request.Headers.TryGetValue("If-Match", out var wanted) && wanted != etag
            ? Error(412, "PreconditionFailed")
            : LocalServer.File(request, content, etag);
    }

    private static LocalServer.Reply List(string bucket, Dictionary<string, string> query, IReadOnlyDictionary<string, byte[]> objects)
    {
        var keys = objects.Keys.Where(name => name.StartsWith(bucket, StringComparison.Ordinal)).Select(name => name[bucket.Length..])
            .Where(key => key.StartsWith(query.GetValueOrDefault("prefix", ""), StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .SkipWhile(key => string.CompareOrdinal(key, query.GetValueOrDefault("continuation-token", "")) <= 0).ToArray();
        var page = keys.Take(PageSize).ToArray();
        var more = keys.Length > page.Length;
        var contents = string.Concat(page.Select(key => $"<Contents><Key>{key}</Key><Size>1</Size></Contents>"));
        return LocalServer.Text($"<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>{(more ? "true" : "false")}</IsTruncated>"
            + (more ? $"<NextContinuationToken>{page[^1]}</NextContinuationToken>" : "") + $"{contents}</ListBucketResult>");
    }

    /// <summary>Whether the signature is the one that the published procedure gives for the request as it came.</summary>
    private static bool IsSigned(LocalServer.Request request)
    {
        if (!request.Headers.TryGetValue("Authorization", out var authorization)
            || !authorization.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
        {
            return false;
        }

        var parts = authorization["AWS4-HMAC-SHA256 ".Length..].Split(',', StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var scope = parts["Credential"].Split('/', 2);
        var at = request.Path.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = at < 0 ? (request.Path, "") : (request.Path[..at], request.Path[(at + 1)..]);
        var signed = parts["SignedHeaders"].Split(';');
        var canonical = string.Join('\n',
            [
                request.Method,
                path,
                string.Join('&', query.Split('&').Select(pair => pair.Contains('=') || pair.Length == 0 ? pair : pair + "=")
                    .Order(StringComparer.Ordinal)),
                .. signed.Select(name => $"{name}:{request.Headers[name].Trim()}"),
                "",
                parts["SignedHeaders"],
                request.Headers["x-amz-content-sha256"],
            ]);
        var text = $"AWS4-HMAC-SHA256\n{request.Headers["x-amz-date"]}\n{scope[1]}\n"
            + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        var key = scope[1].Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + Secret), Sign);
        return scope[0] == Key
            && signed.Contains("host")
            && DateTime.ParseExact(request.Headers["x-amz-date"], "yyyyMMddTHHmmssZ", CultureInfo.InvariantCulture) != default
            && Convert.ToHexStringLower(Sign(key, text)) == parts["Signature"];
    }

    private static byte[] Sign(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}

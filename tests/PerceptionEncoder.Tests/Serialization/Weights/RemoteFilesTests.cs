using System.Security.Cryptography;
using PerceptionEncoder.Serialization.Remote;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tests.Serialization.Remote;
using static PerceptionEncoder.Tests.Serialization.Remote.LocalServer;

namespace PerceptionEncoder.Tests.Serialization.Weights;

public sealed class RemoteFilesTests : IDisposable
{
    private const string Weights = "model.safetensors";
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 / 7))];
    private static readonly string ContentHash = Convert.ToHexStringLower(SHA256.HashData(Content));

    private readonly string folder = Directory.CreateTempSubdirectory("pe-remote-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_file_is_fetched_once_and_then_taken_from_the_cache_also_offline()
    {
        using var server = new LocalServer(request => LocalServer.File(request, Content));
        var address = new Uri(server.Root, "some/weights.pt").ToString();

        var path = Fetch(server, address);
        Assert.Equal(Content, System.IO.File.ReadAllBytes(path));
        Assert.Equal(path, Fetch(server, address));
        Assert.Equal(path, Fetch(server, address, offline: true));
        Assert.Single(server.Requests);
        Assert.Equal([path, path + ".lock"], Cached());
    }

    [Fact]
    public void Refresh_fetches_again()
    {
        var content = Content;
        using var server = new LocalServer(request => LocalServer.File(request, content));
        var address = new Uri(server.Root, "weights.pt").ToString();
        Fetch(server, address);
        content = [1, 2, 3];
        Assert.Equal(content, System.IO.File.ReadAllBytes(Fetch(server, address, refresh: true)));
    }

    [Fact]
    public void Offline_without_the_file_names_where_it_should_be()
    {
        using var server = new LocalServer(_ => NotFound);
        Assert.Contains($"is not in the cache ({folder}", Error(server, new Uri(server.Root, "weights.pt").ToString(), offline: true));
        Assert.Contains("no weights in the cache", Error(server, "hf://owner/name", offline: true));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void A_dropped_connection_continues_where_it_broke()
    {
        using var server = new LocalServer(request => LocalServer.File(request, Content) with { DropAfter = 100_000 });
        // Three pieces of 100,000 bytes; the last is the whole of its range.
        Assert.Equal(Content, System.IO.File.ReadAllBytes(Fetch(server, new Uri(server.Root, "weights.pt").ToString())));
        Assert.Equal([null, "bytes=100000-", "bytes=200000-"], server.Requests.Select(request => request.Range));
    }

    [Fact]
    public void Without_range_support_a_dropped_file_comes_anew()
    {
        var drops = 1;
        using var server = new LocalServer(_ => new Reply(200, Content) { DropAfter = drops-- > 0 ? 100_000 : null });
        Assert.Equal(Content, System.IO.File.ReadAllBytes(Fetch(server, new Uri(server.Root, "weights.pt").ToString())));
        Assert.All(server.Requests, request => Assert.Null(request.Range));
    }

    [Fact]
    public void A_file_that_changed_on_the_server_is_not_mixed_with_the_old_part()
    {
        var (old, changed) = (new byte[Content.Length], Content);
        var first = true;
        using var server = new LocalServer(request =>
        {
            var reply = first ? LocalServer.File(request, old) with { DropAfter = 1000 } : LocalServer.File(request, changed, "\"v2\"");
            first = false;
            return reply;
        });
        Assert.Equal(changed, System.IO.File.ReadAllBytes(Fetch(server, new Uri(server.Root, "weights.pt").ToString())));
        Assert.Equal("\"v1\"", server.Requests.Last().Headers["If-Range"]);
    }

    [Fact]
    public void A_server_that_stays_down_is_one_line_and_keeps_what_came()
    {
        var answered = 0;
        using var server = new LocalServer(
            request => LocalServer.File(request, Content) with { DropAfter = answered++ == 0 ? 100_000 : 0 });
        var address = new Uri(server.Root, "weights.pt").ToString();
        Assert.Matches("could not be fetched from 127.0.0.1 .*what has come is kept", Error(server, address));
        Assert.Equal(100_000, new FileInfo(Cached().Single(file => file.EndsWith(".part", StringComparison.Ordinal))).Length);
        Assert.Equal(1 + 3, server.Requests.Count);
    }

    [Fact]
    public void A_cancelled_download_is_continued_by_the_next()
    {
        using var stop = new CancellationTokenSource();
        using var server = new LocalServer(request =>
        {
            if (request.Range is not null && !stop.IsCancellationRequested)
            {
                stop.Cancel();
            }

            return LocalServer.File(request, Content) with { DropAfter = stop.IsCancellationRequested ? null : 50_000 };
        });
        var address = new Uri(server.Root, "weights.pt").ToString();
        using var files = new RemoteFiles(Options(server));
        Assert.ThrowsAny<OperationCanceledException>(() => files.Fetch(address, report: null, stop.Token));
        Assert.DoesNotContain(Cached(), file => file.EndsWith("weights.pt", StringComparison.Ordinal));
        Assert.Equal(Content, System.IO.File.ReadAllBytes(files.Fetch(address, report: null, CancellationToken.None)));
        Assert.NotNull(server.Requests.Last().Range);
    }

    [Fact]
    public void A_part_that_was_complete_already_is_taken()
    {
        using var server = new LocalServer(request => LocalServer.File(request, Content));
        var address = new Uri(server.Root, "weights.pt").ToString();
        var path = Fetch(server, address);
        System.IO.File.Move(path, path + ".part");
        System.IO.File.WriteAllText(path + ".part.etag", "\"v1\"");
        Assert.Equal(Content, System.IO.File.ReadAllBytes(Fetch(server, address)));
    }

    [Theory]
    [InlineData(401, "refuses access (401). Accept the model's terms on its page and set HF_TOKEN")]
    [InlineData(403, "refuses access (403)")]
    [InlineData(404, "there is no http://127.0.0.1")]
    [InlineData(503, "answered 503")]
    public void A_refusal_says_what_to_do(int status, string expected)
    {
        using var server = new LocalServer(_ => new Reply(status, []));
        Assert.Contains(expected, Error(server, $"hf://owner/name:{Weights}"));
    }

    [Fact]
    public void The_hash_of_the_address_is_checked_on_arrival_and_in_the_cache()
    {
        using var server = new LocalServer(request => LocalServer.File(request, Content));
        var address = new Uri(server.Root, "weights.pt").ToString();
        var wrong = new string('0', 64);
        Assert.Contains($"has SHA-256 {ContentHash}, expected {wrong}", Error(server, $"{address}#sha256={wrong}"));
        Assert.All(Cached(), file => Assert.EndsWith(".lock", file));
        Fetch(server, $"{address}#sha256={ContentHash}");
        Assert.Contains("the file in the cache", Error(server, $"{address}#sha256={wrong}"));
    }

    [Fact]
    public void The_hash_that_Hugging_Face_tells_of_a_linked_file_is_checked()
    {
        var told = ContentHash;
        using var server = new LocalServer(request => request.Path.Contains("/resolve/", StringComparison.Ordinal)
            ? new Reply(302, []) { Headers = { ["Location"] = "/storage", ["X-Linked-ETag"] = $"\"{told}\"" } }
            : LocalServer.File(request, Content));
        Fetch(server, "hf://owner/good:w.pt");
        told = new string('a', 64);
        Assert.Contains($"expected {told}", Error(server, "hf://owner/bad:w.pt"));
    }

    [Fact]
    public void The_token_goes_to_its_own_host_only()
    {
        using var storage = new LocalServer(request => LocalServer.File(request, Content));
        using var server = new LocalServer(
            _ => new Reply(302, []) { Headers = { ["Location"] = new Uri(storage.Root, "blob").ToString() } });
        using var files = new RemoteFiles(Options(server) with { Token = "secret" });
        Assert.Equal(Content, System.IO.File.ReadAllBytes(files.Fetch($"hf://owner/name:{Weights}", report: null, CancellationToken.None)));
        Assert.Equal("Bearer secret", Assert.Single(server.Requests).Headers["Authorization"]);
        Assert.DoesNotContain("Authorization", Assert.Single(storage.Requests).Headers.Keys);
    }

    [Fact]
    public void Redirects_in_a_circle_end()
    {
        using var server = new LocalServer(_ => new Reply(302, []) { Headers = { ["Location"] = "/again" } });
        Assert.Contains("redirects in a circle", Error(server, $"hf://owner/name:{Weights}"));
    }

    [Theory]
    [InlineData("[\"README.md\", \"model.safetensors\", \"other.safetensors\"]", Weights)]
    [InlineData("[\"README.md\", \"PE-Core-B16-224.pt\"]", "PE-Core-B16-224.pt")]
    [InlineData("[\"one.safetensors\", \"a.pt\", \"b.pt\"]", "one.safetensors")]
    public void The_weights_of_a_repository_are_chosen(string names, string expected)
    {
        using var server = new LocalServer(request => request.Path == "/api/models/owner/name/revision/main" ? Siblings(names)
            : request.Path == $"/owner/name/resolve/main/{expected}" ? LocalServer.File(request, Content) : NotFound);
        var path = Fetch(server, "hf://owner/name");
        Assert.Equal(expected, Path.GetFileName(path));
        Assert.Equal(path, Fetch(server, "hf://owner/name", offline: true));
    }

    [Theory]
    [InlineData("[\"a.pt\", \"b.pt\"]", "several files could be meant (a.pt, b.pt). Append :FILE")]
    [InlineData("[\"README.md\"]", "no weights in the repository")]
    [InlineData("[\"../../escape.pt\"]", "no weights in the repository")]
    [InlineData("[null, \"a\\u0000.pt\", \"a\\n.safetensors\", \"a\\\\b.pt\", \"/a.pt\", \"a//b.pt\"]", "no weights in the repository")]
    [InlineData("{\"siblings\": null}", "did not list the repository")]
    [InlineData("{\"siblings\": [null]}", "did not list the repository")]
    [InlineData("{\"siblings\": [{\"rfilename\": 3}]}", "did not list the repository")]
    [InlineData("{}", "did not list the repository")]
    public void A_repository_without_a_clear_choice_says_so(string names, string expected)
    {
        using var server = new LocalServer(_ => Siblings(names));
        Assert.Contains(expected, Error(server, "hf://owner/name"));
    }

    [Fact]
    public void The_revision_is_asked_for_and_kept_apart()
    {
        using var server = new LocalServer(
            request => LocalServer.File(request, request.Path.Contains("/v2/", StringComparison.Ordinal) ? [2] : [1]));
        Assert.Equal([1], System.IO.File.ReadAllBytes(Fetch(server, "hf://owner/name:w.pt")));
        Assert.Equal([2], System.IO.File.ReadAllBytes(Fetch(server, "hf://owner/name@v2:w.pt")));
    }

    [Theory]
    [InlineData("hf://owner/name:sub/model.safetensors.index.json")]
    [InlineData("{0}any/model.safetensors.index.json")]
    public void An_index_brings_its_shards(string address)
    {
        using var server = new LocalServer(request => request.Path.EndsWith(".json", StringComparison.Ordinal)
            ? Text("""{"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}""")
            : LocalServer.File(request, Content));
        var beside = Path.GetDirectoryName(Fetch(server, address.Replace("{0}", server.Root.ToString(), StringComparison.Ordinal)))!;
        Assert.Equal(Content, System.IO.File.ReadAllBytes(Path.Combine(beside, "one.safetensors")));
        Assert.Equal(Content, System.IO.File.ReadAllBytes(Path.Combine(beside, "two.safetensors")));
    }

    [Fact]
    public void An_index_cannot_write_outside_its_folder()
    {
        using var server = new LocalServer(_ => Text("""{"weight_map": {"a": "../../../evil.safetensors"}}"""));
        Assert.Contains("not a plain file name", Error(server, "hf://owner/name:model.safetensors.index.json"));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("hf://owner", "Write hf://owner/name")]
    [InlineData("hf://owner/..", "Write hf://owner/name")]
    [InlineData("hf://owner/name:../../x", "Write hf://owner/name")]
    [InlineData("hf://owner/name#sha256=12", "64 hex digits")]
    [InlineData("https://host", "not the address of a file")]
    [InlineData("https://host/folder/", "not the address of a file")]
    public void A_malformed_address_is_refused(string address, string expected)
        => Assert.Contains(expected, Assert.Throws<UserErrorException>(() => RemoteAddress.Parse(address)).Message);

    [Fact]
    public void Addresses_with_dots_stay_inside_the_cache()
    {
        using var server = new LocalServer(request => LocalServer.File(request, Content));
        Assert.StartsWith(folder, Path.GetFullPath(Fetch(server, server.Root + "a/%2e%2e/%2e%2e/%2fetc%2fpasswd")));
    }

    [Theory]
    [InlineData("%2e%2e/%2e%2e/other/model.safetensors", "/owner/name/resolve/main/%252e%252e/%252e%252e/other/model.safetensors")]
    [InlineData("a?b#c/w.safetensors", "/owner/name/resolve/main/a%3Fb%23c/w.safetensors")]
    [InlineData("%2Fetc%2Fw.safetensors", "/owner/name/resolve/main/%252Fetc%252Fw.safetensors")]
    public void A_name_of_a_listing_is_escaped_and_stays_below_the_repository(string name, string expected)
    {
        using var server = new LocalServer(request => request.Path.StartsWith("/api/", StringComparison.Ordinal)
            ? Siblings($"[\"{name}\"]")
            : LocalServer.File(request, Content));
        var path = Fetch(server, "hf://owner/name");
        Assert.Equal(expected, server.Requests.Last().Path);
        Assert.StartsWith(folder, Path.GetFullPath(path), StringComparison.Ordinal);
        Assert.EndsWith(name, path, StringComparison.Ordinal);
        Assert.Equal(path, Fetch(server, "hf://owner/name", offline: true));
    }

    [Theory]
    [InlineData("%2e%2e", "%252e%252e")]
    [InlineData("http:evil.safetensors", "http%3Aevil.safetensors")]
    [InlineData("?a", "%3Fa")]
    public void A_shard_of_an_index_is_escaped_too(string shard, string expected)
    {
        using var server = new LocalServer(request => request.Path.EndsWith(".json", StringComparison.Ordinal)
            ? Text($$$"""{"weight_map": {"a": "{{{shard}}}"}}""")
            : LocalServer.File(request, Content));
        Fetch(server, "hf://owner/name:sub/model.safetensors.index.json");
        Assert.Equal($"/owner/name/resolve/main/sub/{expected}", server.Requests.Last().Path);
    }

    [Theory]
    [InlineData("~alice/w.pt", "_alice/w.pt")]
    [InlineData("a/w.pt", "b/w.pt")]
    [InlineData("w.pt?version=1", "w.pt?version=2")]
    [InlineData("~w.pt", "_w.pt")]
    [InlineData("a%2Fw.pt", "a_w.pt")]
    [InlineData("a b.pt", "a_b.pt")]
    public void Two_addresses_never_share_a_file(string first, string second)
    {
        byte[] next = [0];
        using var server = new LocalServer(request => LocalServer.File(request, [next[0]++], $"\"{request.Path}\""));
        var (a, b) = (Fetch(server, server.Root + first), Fetch(server, server.Root + second));
        Assert.NotEqual(a, b);
        Assert.Equal([0], System.IO.File.ReadAllBytes(a));
        Assert.Equal([1], System.IO.File.ReadAllBytes(b));
    }

    [Fact]
    public void What_http_brought_does_not_answer_for_https()
    {
        using var server = new LocalServer(request => LocalServer.File(request, Content));
        var address = new Uri(server.Root, "w.pt").ToString();
        Fetch(server, address);
        Assert.Contains(
            "is not in the cache",
            Error(server, address.Replace("http://", "https://", StringComparison.Ordinal), offline: true));
        using var secure = new RemoteFiles(Options(server) with
        {
            Endpoint = new Uri(server.Root.ToString().Replace("http://", "https://", StringComparison.Ordinal)),
            Offline = true,
        });
        Fetch(server, "hf://owner/name:w.pt");
        Assert.Throws<UserErrorException>(() => secure.Fetch("hf://owner/name:w.pt", report: null, CancellationToken.None));
    }

    [Fact]
    public void Files_that_stand_beside_each_other_on_the_net_do_so_in_the_cache()
    {
        using var server = new LocalServer(request => LocalServer.File(request, Content));
        Assert.Equal(
            Path.GetDirectoryName(Fetch(server, server.Root + "clip/vocab.json")),
            Path.GetDirectoryName(Fetch(server, server.Root + "clip/merges.txt")));
    }

    [Fact]
    public void A_password_opens_its_own_host_and_is_found_nowhere_else()
    {
        var found = true;
        using var other = new LocalServer(request => LocalServer.File(request, Content));
        var moved = new Uri(other.Root, "blob?sig=s3cret").ToString();
        using var server = new LocalServer(request => request.Path.StartsWith("/moved", StringComparison.Ordinal)
            ? new Reply(302, []) { Headers = { ["Location"] = moved } }
            : found ? LocalServer.File(request, Content) : NotFound);
        var host = server.Root.ToString().Replace("http://", "http://alice:s3cret@", StringComparison.Ordinal);

        var path = Fetch(server, host + "w.pt?token=s3cret");
        Assert.Equal("Basic " + Convert.ToBase64String("alice:s3cret"u8), server.Requests.Last().Headers["Authorization"]);
        Fetch(server, host + "moved.pt");
        Assert.DoesNotContain("Authorization", other.Requests.Last().Headers.Keys);
        Assert.DoesNotContain("s3cret", string.Concat(Cached()), StringComparison.Ordinal);
        Assert.Equal(path, Fetch(server, server.Root + "w.pt?token=s3cret", offline: true));

        found = false;
        string[] messages =
        [
            Error(server, host + "gone.pt?token=s3cret"), Error(server, host + "gone.pt?token=s3cret", offline: true),
            Error(server, host + "?token=s3cret"),
            Error(server, host + "w.pt?token=s3cret#sha256=12"), Error(server, host + "w.pt?s3cret"),
        ];
        Assert.All(messages, message => Assert.DoesNotContain("s3cret", message, StringComparison.Ordinal));
        Assert.All(messages, message => Assert.DoesNotContain("alice", message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://u:p@host/a.pt?token=t&download=true#sha256=ab", "https://host/a.pt?token=...&download=true#sha256=ab")]
    [InlineData("https://host/a@b.pt", "https://host/a@b.pt")]
    [InlineData("https://u:p@w@host/a.pt", "https://host/a.pt")]
    [InlineData("ftp://u:p@host/{0..9}.tar?key", "ftp://host/{0..9}.tar?...")]
    [InlineData("runs/a?token=b", "runs/a?token=b")]
    [InlineData("hf://owner/name@v2:file", "hf://owner/name@v2:file")]
    public void Secrets_of_an_address_are_hidden(string address, string expected) => Assert.Equal(expected, AddressSecrets.Hide(address));

    [Fact]
    public void Concurrent_fetches_share_one_download()
    {
        using var server = new LocalServer(request =>
        {
            Thread.Sleep(50);
            return LocalServer.File(request, Content);
        });
        var address = new Uri(server.Root, "weights.pt").ToString();
        var paths = Enumerable.Range(0, 4).Select(_ => Task.Run(() => Fetch(server, address))).ToArray();
        Assert.All(paths, path => Assert.Equal(Content, System.IO.File.ReadAllBytes(path.Result)));
        Assert.Single(server.Requests);
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_named()
    {
        using var server = new LocalServer(request => LocalServer.File(request, Content));
        System.IO.File.WriteAllText(Path.Combine(folder, "file"), "");
        using var files = new RemoteFiles(Options(server) with { Cache = Path.Combine(folder, "file") });
        Assert.Contains(
            "set PE_CACHE",
            Assert.Throws<UserErrorException>(() => files.Fetch("hf://owner/name:w.pt", report: null, CancellationToken.None)).Message);
    }

    private static Reply Siblings(string names)
    {
        var items = names.Trim('[', ']').Split(", ").Select(name => $$"""{"rfilename": {{name}}}""");
        return Text(names.StartsWith('{') ? names : $$"""{"siblings": [{{string.Join(", ", items)}}]}""");
    }

    private string[] Cached() => [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private RemoteOptions Options(LocalServer server)
        => new() { Cache = folder, Endpoint = server.Root, Attempts = 3, Delay = TimeSpan.FromMilliseconds(1) };

    private string Fetch(LocalServer server, string address, bool offline = false, bool refresh = false)
    {
        using var files = new RemoteFiles(Options(server) with { Offline = offline, Refresh = refresh });
        return files.Fetch(address, report: null, CancellationToken.None);
    }

    private string Error(LocalServer server, string address, bool offline = false)
    {
        var message = Assert.Throws<UserErrorException>(() => Fetch(server, address, offline)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}

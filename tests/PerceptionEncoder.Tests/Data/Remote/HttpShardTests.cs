using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tests.Serialization.Remote;

namespace PerceptionEncoder.Tests.Data.Remote;

public sealed class HttpShardTests : IDisposable
{
    private readonly ShardFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Samples_read_through_a_server_that_drops_anywhere_are_those_of_the_file()
        => Gen.Select(Gen.Int[1, 5].Array[1, 20], Gen.Int[1, 60_000].Array[0, 12], Gen.Bool, Gen.Bool).Sample((sizes, drops, packed, any) =>
        {
            var path = Shard("s.tar", sizes, packed);
            var content = File.ReadAllBytes(path);
            var left = new Queue<int>(drops);
            using var server = new LocalServer(request =>
            {
                var whole = new LocalServer.Reply(200, content) { Headers = { ["ETag"] = "\"v1\"" } };
                var reply = any ? LocalServer.File(request, content) : whole;
                return left.TryDequeue(out var drop) && drop < reply.Body.Length ? reply with { DropAfter = drop } : reply;
            });
            Assert.Equal(Read(path), Read($"{server.Root}s.tar", Access(retries: 12)));
        }, iter: 25, threads: 1);

    [Fact]
    public void A_connection_that_drops_is_opened_again_at_the_byte_that_was_reached()
    {
        var content = File.ReadAllBytes(Shard("s.tar", [900, 900, 900]));
        var drop = true;
        using var server = new LocalServer(request =>
        {
            var reply = LocalServer.File(request, content) with { DropAfter = drop ? 300_000 : null };
            drop = false;
            return reply;
        });
        var bad = new BadSamples();
        Assert.Equal(3, Read($"{server.Root}s.tar", Access(retries: 1), bad).Length);
        var again = server.Requests.Skip(1).Single();
        Assert.Equal(("bytes=300000-", "\"v1\""), (again.Range, again.Headers["If-Range"]));
        Assert.Equal(1, bad.FaultsByReason[BadSamples.Retried]);
    }

    [Fact]
    public void A_shard_that_is_replaced_while_it_is_read_is_an_error_and_no_mixture()
    {
        var content = File.ReadAllBytes(Shard("s.tar", [900, 900, 900]));
        var asked = 0;
        using var server = new LocalServer(request => asked++ == 0
            ? LocalServer.File(request, content) with { DropAfter = 300_000 }
            : LocalServer.File(request, content, etag: "\"v2\""));
        Assert.Contains("was replaced while it was read", Message(() => Read($"{server.Root}s.tar", Access(retries: 3))));
    }

    [Theory]
    [InlineData(404, "does not exist")]
    [InlineData(403, "refuses access (403")]
    [InlineData(400, "answered 400")]
    public void What_will_not_change_is_not_asked_for_again(int status, string said)
    {
        using var server = new LocalServer(_ => new LocalServer.Reply(status, []));
        var message = Message(() => Read($"http://ann:hush@{server.Root.Authority}/s.tar?X-Amz-Signature=hush", Access(retries: 3)));
        Assert.Contains(said, message);
        Assert.DoesNotContain("hush", message);
        Assert.DoesNotContain('\n', message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void A_busy_server_is_asked_again_and_named_when_it_stays_so()
    {
        var content = File.ReadAllBytes(Shard("s.tar", [1]));
        var busy = 2;
        using var server = new LocalServer(request => busy-- > 0 ? new LocalServer.Reply(503, []) : LocalServer.File(request, content));
        Assert.Single(Read($"{server.Root}s.tar", Access(retries: 2)));
        busy = int.MaxValue;
        var message = Message(() => Read($"{server.Root}s.tar", Access(retries: 2)));
        Assert.Contains("after 2 retries (127.0.0.1 answered 503", message);
        Assert.Equal(6, server.Requests.Count);
    }

    [Fact]
    public void A_part_that_is_not_the_one_asked_for_is_not_taken()
    {
        var content = File.ReadAllBytes(Shard("s.tar", [900]));
        var asked = 0;
        using var server = new LocalServer(request => asked++ switch
        {
            0 => LocalServer.File(request, content) with { DropAfter = 300_000 },
            1 => new LocalServer.Reply(206, content[..^300_000]) { Headers = { ["ETag"] = "\"v1\"" } },
            _ => LocalServer.File(request, content),
        });
        Assert.Equal(Read(folder.PathOf("s.tar")), Read($"{server.Root}s.tar", Access(retries: 2)));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public void Silence_counts_as_a_dropped_connection()
    {
        var content = File.ReadAllBytes(Shard("s.tar", [900]));
        var asked = 0;
        using var server = new LocalServer(request => asked++ == 0
            ? LocalServer.File(request, content) with { DropAfter = 1000, Stalls = true }
            : LocalServer.File(request, content));
        Assert.Single(Read($"{server.Root}s.tar", new ShardAccess(1, TimeSpan.FromMilliseconds(200), pause: TimeSpan.FromMilliseconds(1))));
        Assert.Equal("bytes=1000-", server.Requests.Last().Range);
    }

    [Fact]
    public void A_reader_that_waits_for_a_silent_server_can_be_stopped()
    {
        using var server = new LocalServer(_ => new LocalServer.Reply(200, new byte[9000]) { DropAfter = 0, Stalls = true });
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.ThrowsAny<OperationCanceledException>(
            () => new SampleReader($"{server.Root}s.tar", new BadSamples(), null, ShardAccess.Default, stop.Token));
    }

    [Fact]
    public void Passing_over_much_is_a_jump()
    {
        var content = File.ReadAllBytes(Shard("s.tar", [9000, 9000, 1]));
        using var server = new LocalServer(request => LocalServer.File(request, content));
        using var reader = new SampleReader($"{server.Root}s.tar", new BadSamples(), new HashSet<string> { "txt" }, Access(0));
        var keys = new List<string>();
        while (reader.Read() is { } sample)
        {
            keys.Add(sample.Key);
        }

        Assert.Equal(["s0", "s1", "s2"], keys);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public void Before_a_run_every_shard_is_asked_for_and_one_sample_read()
    {
        var content = File.ReadAllBytes(Shard("s.tar", [1, 9000]));
        using var server = new LocalServer(request => request.Path.Contains('3', StringComparison.Ordinal)
            ? LocalServer.NotFound
            : LocalServer.File(request, content) with { DropAfter = request.Method == "GET" ? 200_000 : null });
        ShardOrder.Check(new SourceOptions { Shards = $"{server.Root}{{0..2}}.tar" }, Access(0));
        Assert.Equal(3, server.Requests.Count(request => request.Method == "HEAD"));
        Assert.Single(server.Requests, request => request.Method == "GET");

        var message = Message(() => ShardOrder.Check(new SourceOptions { Shards = $"{server.Root}{{0..3}}.tar" }, Access(0)));
        Assert.Contains("3.tar: does not exist", message);
    }

    [Fact]
    public void A_server_that_is_down_is_not_asked_for_thousands_of_shards()
    {
        using var server = new LocalServer(_ => new LocalServer.Reply(503, []));
        var message = Message(() => ShardOrder.Check(new SourceOptions { Shards = $"{server.Root}{{0000..4999}}.tar" }, Access(1)));
        Assert.Contains("after 1 retry (127.0.0.1 answered 503", message);
        Assert.InRange(server.Requests.Count, 2, 1000);
    }

    [Fact]
    public void A_server_that_knows_no_head_is_asked_for_one_byte()
    {
        var content = File.ReadAllBytes(Shard("s.tar", [1]));
        using var server = new LocalServer(
            request => request.Method == "HEAD" ? new LocalServer.Reply(403, []) : LocalServer.File(request, content));
        ShardOrder.Check(new SourceOptions { Shards = $"{server.Root}s.tar" }, Access(0));
        Assert.Contains(server.Requests, request => request.Range == "bytes=0-0");
    }

    [Fact]
    public void An_empty_or_cut_shard_of_a_server_is_a_damaged_one()
    {
        var content = File.ReadAllBytes(Shard("s.tar", [900, 900]))[..1_300_000];
        using var server = new LocalServer(request => LocalServer.File(request, request.Path == "/cut.tar" ? content : []));
        var bad = new BadSamples();
        Assert.Equal(["s0"], Read($"{server.Root}cut.tar", Access(0), bad).Select(sample => sample.Split(' ')[0]));
        Assert.Empty(Read($"{server.Root}none.tar", Access(0), bad));
        Assert.Equal(2, bad.FaultsByReason[BadSamples.DamagedShard]);
    }

    [Theory]
    [InlineData("https://host/*.tar", "cannot be asked what it has")]
    [InlineData("gs://bucket/{0..3}.tar", "gs://bucket...: shards are")]
    [InlineData("ftp://ann:hush@host/0.tar", "ftp://host...: shards are")]
    public void Addresses_that_cannot_be_read_say_so(string pattern, string said)
        => Assert.Contains(said, Message(() => ShardOrder.Find(pattern)));

    internal static ShardAccess Access(int retries) => new(retries, TimeSpan.FromSeconds(20), pause: TimeSpan.FromMilliseconds(1));

    internal static string[] Read(string shard, ShardAccess? access = null, BadSamples? bad = null)
    {
        using var reader = new SampleReader(shard, bad ?? new BadSamples(), null, access ?? ShardAccess.Default);
        var samples = new List<string>();
        while (reader.Read() is { } sample)
        {
            samples.Add($"{sample.Key} " + string.Join(",", sample.Members.Select(
                member => $"{member.Key}:{member.Value.Length}:{Convert.ToHexString(SHA256.HashData(member.Value.Span))}")));
        }

        return [.. samples];
    }

    private static string Message(Action action) => Assert.Throws<UserErrorException>(action).Message;

    /// <summary>A shard whose pictures have so many kilobytes each, of noise.</summary>
    private string Shard(string name, int[] kilobytes, bool packed = false)
    {
        var path = folder.PathOf(name);
        using (var writer = new ShardWriter(path))
        {
            var random = new Random(7);
            foreach (var (i, size) in kilobytes.Index())
            {
                var picture = new byte[size * 1000];
                random.NextBytes(picture);
                writer.Write($"s{i}", ("jpg", picture), ("txt", Encoding.UTF8.GetBytes($"caption {i}")));
            }
        }

        if (!packed)
        {
            return path;
        }

        using (var target = new GZipStream(File.Create(path + ".gz"), CompressionLevel.Fastest))
        {
            target.Write(File.ReadAllBytes(path));
        }

        return path + ".gz";
    }
}

using System.Security.Cryptography;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tests.Serialization.Remote;

namespace PerceptionEncoder.Tests.Data.Remote;

public sealed class ShardCacheTests : IDisposable
{
    private readonly ShardFolder folder = new();

    private string CacheFolder => folder.PathOf("cache");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_shard_is_fetched_once_and_read_from_the_folder_after_that()
    {
        using var server = Server();
        var expected = HttpShardTests.Read(folder.PathOf("0.tar"));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(expected, HttpShardTests.Read($"{server.Root}0.tar", Access()));
        }

        Assert.Single(server.Requests);
    }

    [Fact]
    public void The_folder_stays_under_its_bound_and_what_was_used_longest_ago_goes_first()
    {
        using var server = Server();
        var length = new FileInfo(folder.PathOf("0.tar")).Length;
        var access = Access(bytes: 2 * length);
        foreach (var shard in new[] { 0, 1, 0, 2, 0, 1 })
        {
            HttpShardTests.Read($"{server.Root}{shard}.tar", access);
            Assert.InRange(new DirectoryInfo(CacheFolder).EnumerateFiles("*.shard").Sum(file => file.Length), 1, 2 * length);
            Thread.Sleep(5);
        }

        // 2 took the place of 1, which 0 outlived.
        Assert.Equal(["/0.tar", "/1.tar", "/2.tar", "/1.tar"], server.Requests.Select(request => request.Path));
    }

    [Fact]
    public void A_shard_larger_than_the_folder_may_hold_is_read_as_it_comes()
    {
        using var server = Server();
        Assert.Equal(HttpShardTests.Read(folder.PathOf("0.tar")), HttpShardTests.Read($"{server.Root}0.tar", Access(bytes: 100)));
        Assert.Empty(Directory.GetFiles(CacheFolder, "*.shard"));
        Assert.Empty(Directory.GetFiles(CacheFolder, "*.part"));
    }

    [Fact]
    public void A_file_that_is_not_what_its_hash_says_is_fetched_again()
    {
        using var server = Server();
        HttpShardTests.Read($"{server.Root}0.tar", Access());
        var stored = Directory.GetFiles(CacheFolder, "*.shard").Single();

        // Another process, which has not looked at it yet, sees the same under another name of the folder.
        Directory.Move(CacheFolder, folder.PathOf("moved"));
        var moved = Path.Combine(folder.PathOf("moved"), Path.GetFileName(stored));
        File.WriteAllBytes(moved, [.. File.ReadAllBytes(moved).Reverse()]);
        var access = new ShardAccess(0, TimeSpan.FromSeconds(20), cache: new ShardCacheOptions { Folder = folder.PathOf("moved") });
        Assert.Equal(HttpShardTests.Read(folder.PathOf("0.tar")), HttpShardTests.Read($"{server.Root}0.tar", access));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public void Readers_at_the_same_time_fetch_a_shard_once()
    {
        using var server = Server();
        var expected = HttpShardTests.Read(folder.PathOf("0.tar"));
        Parallel.For(0, 8, _ => Assert.Equal(expected, HttpShardTests.Read($"{server.Root}0.tar", Access())));
        Assert.Single(server.Requests);
    }

    [Fact]
    public void A_shard_that_differs_from_the_list_is_fetched_once_more_and_then_refused()
    {
        var list = Sums();
        var wrong = 1;
        using var server = Server(content => wrong-- > 0 ? [.. content.Reverse()] : content);
        var access = Access() with { Checksums = new ShardChecksums(list) };
        Assert.Equal(HttpShardTests.Read(folder.PathOf("0.tar")), HttpShardTests.Read($"{server.Root}0.tar", access));
        Assert.Equal(2, server.Requests.Count);
        wrong = 2;
        Assert.Contains("1.tar: has SHA-256", Message(() => HttpShardTests.Read($"{server.Root}1.tar", access)));
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public void Without_a_folder_a_checksum_is_compared_at_the_end_of_the_shard()
    {
        var list = Sums();
        using var server = Server();
        var access = HttpShardTests.Access(0) with { Checksums = new ShardChecksums(list) };
        Assert.Equal(HttpShardTests.Read(folder.PathOf("0.tar")), HttpShardTests.Read($"{server.Root}0.tar", access));
        Assert.Equal(HttpShardTests.Read(folder.PathOf("0.tar")), HttpShardTests.Read(folder.PathOf("0.tar"), access));

        // Behind the end of the tar, where no sample is touched.
        var bytes = File.ReadAllBytes(folder.PathOf("0.tar"));
        bytes[^1] = 1;
        File.WriteAllBytes(folder.PathOf("0.tar"), bytes);
        Assert.Contains("0.tar: has SHA-256", Message(() => HttpShardTests.Read(folder.PathOf("0.tar"), access)));
        Assert.Contains("has no checksum of", Message(() => access.Look([folder.PathOf("9.tar")])));
        File.WriteAllText(list, "nothing of the kind\n");
        Assert.Contains(":1: is no line", Message(() => _ = new ShardChecksums(list)));
    }

    [Fact]
    public void Training_fetches_the_next_shard_while_it_reads_one()
    {
        using var server = Server();
        var options = new DataOptions
        {
            Train = [new SourceOptions { Shards = $"{server.Root}{{0..2}}.tar", Checksums = Sums() }],
            Cache = new ShardCacheOptions { Folder = CacheFolder },
        };
        using var sequence = new SampleSequence(options, 3, DataPosition.Start, new BadSamples());
        var keys = Enumerable.Range(0, 12).Select(_ => sequence.Draw(default).Sample.Key).ToArray();
        Assert.Equal(6, keys[..6].Distinct().Count());
        Assert.Equal(keys[..6].Order(), keys[6..].Order());
        Assert.Equal(3, server.Requests.Count);
    }

    private LocalServer Server(Func<byte[], byte[]>? change = null)
    {
        for (var shard = 0; shard < 3; shard++)
        {
            if (!File.Exists(folder.PathOf($"{shard}.tar")))
            {
                folder.AddShard($"{shard}.tar", $"a{shard}", $"b{shard}");
            }
        }

        return new LocalServer(request =>
        {
            var content = File.ReadAllBytes(folder.PathOf(request.Path[1..]));
            return LocalServer.File(request, change is null ? content : change(content));
        });
    }

    /// <summary>A list of the shards' hashes, as sha256sum writes it.</summary>
    private string Sums()
    {
        Server().Dispose();
        File.WriteAllLines(folder.PathOf("SHA256SUMS"), Enumerable.Range(0, 3).Select(shard
            => $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(folder.PathOf($"{shard}.tar"))))}  {shard}.tar"));
        return folder.PathOf("SHA256SUMS");
    }

    private static string Message(Action action) => Assert.Throws<UserErrorException>(action).Message;

    private ShardAccess Access(long bytes = 1_000_000)
        => new(0, TimeSpan.FromSeconds(20), cache: new ShardCacheOptions { Folder = CacheFolder, Bytes = bytes });
}

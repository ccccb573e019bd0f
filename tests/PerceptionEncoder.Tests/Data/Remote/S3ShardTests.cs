using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tests.Serialization.Remote;

namespace PerceptionEncoder.Tests.Data.Remote;

public sealed class S3ShardTests : IDisposable
{
    private readonly ShardFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Objects_of_a_store_are_found_by_range_wildcard_and_prefix()
    {
        var objects = Objects(
            "b/set/0.tar", "b/set/1.tar", "b/set/a b+c.tar", "b/set/deep/2.tar", "b/set/readme.txt", "b/other/0.tar", "c/0.tar");
        using var server = new S3Server(objects);
        var access = Access(server);
        string[] all = ["s3://b/set/0.tar", "s3://b/set/1.tar", "s3://b/set/a b+c.tar"];
        Assert.Equal(all[..2], ShardOrder.Find("s3://b/set/{0..1}.tar", access));
        Assert.Empty(server.Requests);
        Assert.Equal(all, ShardOrder.Find("s3://b/set/", access));
        Assert.Equal(all[..2], ShardOrder.Find("s3://b/s*/?.tar", access));
        Assert.Equal(["s3://b/set/deep/2.tar"], ShardOrder.Find("s3://b/*/*/*.tar", access));
        Assert.Equal(["s3://c/0.tar"], ShardOrder.Find("s3://c/", access));
        Assert.Contains("s3://b/no/ holds no .tar object", Message(() => ShardOrder.Find("s3://b/no/", access)));
        ShardOrder.Check(new SourceOptions { Shards = "s3://b/set/" }, access);
        Assert.Equal(
            HttpShardTests.Read(folder.PathOf("b/set/a b+c.tar")),
            HttpShardTests.Read("s3://b/set/a b+c.tar", access));
    }

    [Fact]
    public void A_store_that_drops_or_is_busy_is_asked_again_for_what_is_missing_of_the_same_object()
    {
        var objects = Objects("b/0.tar");
        var asked = 0;
        using var server = new S3Server(objects, (request, reply) => asked++ switch
        {
            0 => S3Server.Error(503, "SlowDown"),
            1 => reply with { DropAfter = 2048 },
            _ => reply,
        });
        Assert.Equal(HttpShardTests.Read(folder.PathOf("b/0.tar")), HttpShardTests.Read("s3://b/0.tar", Access(server)));
        Assert.Equal("bytes=2048-", server.Requests[^1].Range);
        Assert.NotNull(server.Requests[^1].Headers["If-Match"]);
    }

    [Fact]
    public void An_object_that_is_replaced_on_the_way_is_an_error()
    {
        var objects = Objects("b/0.tar");
        var asked = 0;
        using var server = new S3Server(objects, (_, reply) =>
        {
            objects["b/0.tar"] = [.. objects["b/0.tar"], 0];
            return asked++ == 0 ? reply with { DropAfter = 2000 } : reply;
        });
        Assert.Contains("was replaced while it was read", Message(() => HttpShardTests.Read("s3://b/0.tar", Access(server))));
    }

    [Fact]
    public void What_a_store_refuses_or_has_not_is_one_line_without_retries()
    {
        using var server = new S3Server(new Dictionary<string, byte[]>(Objects("b/0.tar")) { ["b/empty"] = [] });
        var access = Access(server);
        Assert.Contains("does not exist (404 NoSuchKey)", Message(() => HttpShardTests.Read("s3://b/1.tar", access)));
        Assert.Single(server.Requests);
        var some = new SourceOptions { Shards = "s3://b/{0..2}.tar" };
        Assert.Contains("first of 2 like that among 3", Message(() => ShardOrder.Check(some, access)));
        var stranger = new ShardAccess(3, TimeSpan.FromSeconds(20), server.Options with { Anonymous = true });
        Assert.Contains("refuses access (403 SignatureDoesNotMatch)", Message(() => HttpShardTests.Read("s3://b/0.tar", stranger)));
        var bad = new BadSamples();
        Assert.Empty(HttpShardTests.Read("s3://b/empty", access, bad));
        Assert.Equal(1, bad.FaultsByReason[BadSamples.DamagedShard]);
        Assert.Contains("names no object", Message(() => HttpShardTests.Read("s3://b", access)));
    }

    [Fact]
    public void The_environment_names_the_store_as_it_does_for_other_programs()
    {
        using var server = new S3Server(Objects("b/0.tar"));
        Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_S3", server.Options.Endpoint);
        Environment.SetEnvironmentVariable("AWS_REGION", "eu-test-1");
        try
        {
            Assert.Equal(3, HttpShardTests.Read("s3://b/0.tar").Length);
        }
        finally
        {
            Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_S3", null);
            Environment.SetEnvironmentVariable("AWS_REGION", null);
        }
    }

    private static ShardAccess Access(S3Server server)
        => new(retries: 2, TimeSpan.FromSeconds(20), server.Options, pause: TimeSpan.FromMilliseconds(1));

    private static string Message(Action action) => Assert.Throws<UserErrorException>(action).Message;

    private Dictionary<string, byte[]> Objects(params string[] names) => names.ToDictionary(name => name, name =>
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.PathOf(name))!);
        return name.EndsWith(".tar", StringComparison.Ordinal)
            ? File.ReadAllBytes(folder.AddShard(name, "a", "b", $"of {name.Length}"))
            : [1];
    });
}

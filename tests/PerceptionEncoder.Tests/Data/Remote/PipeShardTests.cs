using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tests.Data.Remote;

public sealed class PipeShardTests : IDisposable
{
    private readonly ShardFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_a_command_writes_is_a_shard_and_ranges_stand_for_several()
    {
        folder.AddShard("0.tar", "a", "b");
        folder.AddShard("1.tar", "c");
        var commands = ShardOrder.Find($"pipe:cat {folder.Root}/{{0..1}}.tar | awk '{{print}}' >&2; cat {folder.Root}/{{0..1}}.tar");
        Assert.Equal(4, commands.Count);
        Assert.Equal(HttpShardTests.Read(folder.PathOf("1.tar")), HttpShardTests.Read($"pipe:cat '{folder.PathOf("1.tar")}'"));
        Assert.Equal(HttpShardTests.Read(folder.PathOf("0.tar")), HttpShardTests.Read($"pipe: gzip -c < {folder.PathOf("0.tar")}"));
    }

    [Fact]
    public void A_command_that_fails_on_the_way_is_run_again_and_what_was_read_is_passed_over()
    {
        var path = folder.AddShard("0.tar", [.. Enumerable.Range(0, 200).Select(i => $"k{i:D4}")]);
        var mark = folder.PathOf("mark");
        var fails = $"touch {mark}; head -c 70000 {path}; echo lost the line >&2; exit 3";
        var command = $"pipe:if [ -e {mark} ]; then cat {path}; else {fails}; fi";
        var bad = new BadSamples();
        BadSample? found = null;
        bad.Found += fault => found = fault;
        Assert.Equal(HttpShardTests.Read(path), HttpShardTests.Read(command, HttpShardTests.Access(1), bad));
        Assert.Equal("opened again at byte 70000: the command ended with 3: lost the line", found!.Detail);
    }

    [Fact]
    public void A_command_that_keeps_failing_is_one_line_with_what_it_said_last()
    {
        var message = Message("pipe:echo so >&2; echo and so >&2; exit 7", HttpShardTests.Access(2));
        Assert.Contains("after 2 retries (the command ended with 7: and so)", message);
        Assert.DoesNotContain('\n', message);
        Assert.Contains("cannot be run", Message("pipe:no-such-program-at-all x", HttpShardTests.Access(2)));
        Assert.Contains("names no command", Message("pipe: ", HttpShardTests.Access(2)));
    }

    [Fact]
    public void A_command_that_hangs_is_ended_and_run_again()
    {
        var path = folder.AddShard("0.tar", "a");
        var mark = folder.PathOf("mark");
        var command = $"pipe:if [ -e {mark} ]; then cat {path}; else touch {mark}; sleep 600; fi";
        var access = new ShardAccess(1, TimeSpan.FromMilliseconds(300), pause: TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpShardTests.Read(path), HttpShardTests.Read(command, access));
    }

    [Theory]
    [InlineData("pipe:curl -H 'Authorization: Bearer hush' https://ann:hush@host/{00000..00002}.tar?sig=hush")]
    [InlineData("pipe:wget --header \"X: hush\" --password=hush -O - https://host/0.tar")]
    [InlineData("pipe:AWS_SECRET_ACCESS_KEY=hush aws s3 cp s3://bucket/0.tar -")]
    [InlineData("pipe:curl -u ann:hush sftp://host/0.tar")]
    public void Secrets_of_a_command_are_not_shown(string command)
    {
        Assert.DoesNotContain("hush", ShardAddress.Shown(command));
        Assert.Contains("0.tar", ShardAddress.Shown(ShardOrder.Find(command)[0]));
    }

    private static string Message(string command, ShardAccess access)
        => Assert.Throws<UserErrorException>(() => HttpShardTests.Read(command, access)).Message;
}

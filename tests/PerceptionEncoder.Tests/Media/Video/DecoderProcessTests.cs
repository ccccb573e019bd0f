using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Media.Video;

/// <summary>What becomes of the decoding process, shown on shell scripts in its place.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DecoderProcessTests : IDisposable
{
    private static readonly FrameRequest Middle = FrameRequest.Uniform(1);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("programs-");
    private readonly byte[] file = [1, 2, 3];

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_decoder_that_hangs_is_killed_with_its_children()
    {
        var reader = Sleeper(TimeSpan.FromSeconds(0.5));
        var watch = Stopwatch.StartNew();
        Assert.Equal("time-out", Assert.Throws<VideoException>(() => reader.Read(file, Middle, default)).Reason);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.4, 10);
        AssertNoneLeft();
    }

    [Fact]
    public void Cancellation_leaves_no_process_behind()
    {
        var reader = Sleeper(TimeSpan.FromMinutes(1));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
        Assert.ThrowsAny<OperationCanceledException>(() => reader.Read(file, Middle, stop.Token));
        AssertNoneLeft();
    }

    [Fact]
    public void The_last_complaint_is_the_reason_however_many_there_are()
    {
        var reader = Scripted("i=0; while [ $i -lt 20000 ]; do echo \"[h264 @ 0x1] [error] complaint $i\" >&2; i=$((i+1)); done; exit 1");
        var failure = Assert.Throws<VideoException>(() => reader.Read(file, Middle, default));
        Assert.Equal("damaged clip: complaint 19998; complaint 19999", failure.Message);
    }

    [Fact]
    public void A_decoder_that_dies_within_a_frame_gives_a_reason()
    {
        var reader = Scripted(
            """echo "[Parsed_showinfo_0 @ 0x1] [info] n:   0 pts: 0 pts_time:0 pos: 1" >&2; printf 'P6\n4 4\n255\nabc'; exit 1""");
        Assert.Equal("damaged clip", Assert.Throws<VideoException>(() => reader.Read(file, Middle, default)).Reason);
    }

    [Fact]
    public void An_old_ffmpeg_is_refused_in_one_line_that_says_how_to_install()
    {
        var reader = Scripted(
            "echo 'ffmpeg version 3.4.8-0ubuntu0.2 Copyright' >&2; echo \"[error] Option 'checksum' not found\" >&2; exit 1");
        var failure = Assert.Throws<UserErrorException>(() => reader.Read(file, Middle, default));
        Assert.Equal(
            "ffmpeg 3.4 is too old, 4.4 or later is needed: install it with: apt-get install -y ffmpeg (or run scripts/prerequisites.sh).",
            failure.Message);
    }

    [Fact]
    public void A_missing_ffmpeg_is_one_line_that_says_how_to_install()
    {
        var failure = Assert.Throws<UserErrorException>(
            () => new FFmpegVideoReader(new VideoReaderOptions { BinaryFolder = folder.FullName }));
        Assert.Equal(
            $"ffmpeg, which reads video, is not in {folder.FullName}: install it with: "
            + "apt-get install -y ffmpeg (or run scripts/prerequisites.sh).",
            failure.Message);
    }

    private FFmpegVideoReader Sleeper(TimeSpan timeout)
        => Scripted($"echo $$ > {folder.FullName}/parent; sleep 60 & echo $! > {folder.FullName}/child; wait", timeout);

    private FFmpegVideoReader Scripted(string script, TimeSpan? timeout = null)
    {
        // The prober finds a stream; what the decoder does then is the test's.
        foreach (var (program, text) in new[] { ("ffmpeg", script), ("ffprobe", """echo '{"streams": [{}], "packets": []}'""") })
        {
            var path = Path.Combine(folder.FullName, program);
            File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new FFmpegVideoReader(
            new VideoReaderOptions { BinaryFolder = folder.FullName, Timeout = timeout ?? TimeSpan.FromMinutes(1) });
    }

    private void AssertNoneLeft()
    {
        foreach (var name in new[] { "parent", "child" })
        {
            var process = int.Parse(File.ReadAllText(Path.Combine(folder.FullName, name)), CultureInfo.InvariantCulture);
            Assert.True(SpinWait.SpinUntil(() => !IsRunning(process), TimeSpan.FromSeconds(5)), $"the {name} still runs");
        }
    }

    private static bool IsRunning(int process)
    {
        try
        {
            // The state stands behind the name in parentheses; a zombie waits for nothing but its parent.
            var status = File.ReadAllText($"/proc/{process}/stat");
            return status[(status.LastIndexOf(')') + 2)] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}

using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.Versioning;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Media.Video;

/// <summary>
/// Decoding in a process that serves for many clips: what passes between the two, and, on shell scripts in its place, what becomes of one
/// that fails.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class DecoderServiceTests : IDisposable
{
    // The greeting, its length before it.
    private const string Greet = @"printf '\016decode-clips 2'";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("service-");

    public void Dispose() => folder.Delete(recursive: true);

    [SkippableFact]
    public void Clips_and_reasons_come_across_as_they_are()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        using var made = new GeneratedClip("clip.mp4", 9, encoder: GeneratedClip.H264);
        using var requests = new AnonymousPipeServerStream(PipeDirection.Out);
        using var memory = new FrameMemory();
        using var answers = new AnonymousPipeServerStream(PipeDirection.In);
        var service = Task.Factory.StartNew(
            () =>
            {
                using var incoming = new AnonymousPipeClientStream(PipeDirection.In, requests.ClientSafePipeHandle);
                using var outgoing = new AnonymousPipeClientStream(PipeDirection.Out, answers.ClientSafePipeHandle);
                DecoderService.Serve(incoming, outgoing);
            },
            default,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var (writer, reader) = (new BinaryWriter(requests), new BinaryReader(answers));
        Assert.Equal(DecoderMessages.Greeting, reader.ReadString());
        FrameRequest[] all =
        [
            FrameRequest.Uniform(4), FrameRequest.Uniform(2) with { Size = (20, 10), SquarePixels = false }, FrameRequest.All,
            FrameRequest.AtRate(5),
            FrameRequest.AtRate(12).Within(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.3)),
        ];
        foreach (var request in all)
        {
            var expected = new FFmpegVideoReader().Read(made.Path, request, default);
            DecoderMessages.WriteRequest(writer, memory.Path, made.Path, request, new VideoReaderOptions());
            var clip = DecoderMessages.ReadAnswer(reader, memory, request);
            Assert.Equal(expected.CopyPixels(), clip.CopyPixels());
            Assert.Equal(expected.Indices, clip.Indices);
            Assert.Equal(expected.Seconds, clip.Seconds);
            Assert.Equal(expected with { Frames = clip.Frames, Indices = clip.Indices, Seconds = clip.Seconds }, clip);
        }

        DecoderMessages.WriteRequest(
            writer,
            memory.Path,
            made.Path,
            FrameRequest.Uniform(4) with { MaximumPixels = 10 },
            new VideoReaderOptions());
        Assert.Equal(
            "too many pixels",
            Assert.Throws<VideoException>(() => DecoderMessages.ReadAnswer(reader, memory, FrameRequest.Uniform(4))).Reason);
        DecoderMessages.WriteRequest(writer, memory.Path, "/nowhere.mp4", FrameRequest.Uniform(4), new VideoReaderOptions());
        Assert.Contains(
            "/nowhere.mp4",
            Assert.Throws<VideoException>(() => DecoderMessages.ReadAnswer(reader, memory, FrameRequest.Uniform(4))).Detail,
            StringComparison.Ordinal);
        DecoderMessages.WriteRequest(
            writer,
            memory.Path,
            made.Path,
            FrameRequest.Uniform(4),
            new VideoReaderOptions { BinaryFolder = folder.FullName });
        Assert.Contains(
            folder.FullName,
            Assert.Throws<UserErrorException>(() => DecoderMessages.ReadAnswer(reader, memory, FrameRequest.Uniform(4))).Message,
            StringComparison.Ordinal);
        requests.Dispose();
        Assert.True(service.Wait(TimeSpan.FromSeconds(20)), "it serves on without requests");
    }

    [SkippableFact]
    public void One_that_hangs_is_killed_and_the_next_clip_gets_another()
    {
        var reader = Scripted($"{Greet}; sleep 60", TimeSpan.FromSeconds(0.5));
        for (var i = 0; i < 2; i++)
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal("time-out", Assert.Throws<VideoException>(() => reader.Read([1, 2, 3], FrameRequest.Uniform(1), default)).Reason);
            Assert.InRange(watch.Elapsed.TotalSeconds, 0.4, 10);
        }
    }

    [SkippableFact]
    public void Cancellation_does_not_wait_for_it()
    {
        var reader = Scripted($"{Greet}; sleep 60");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
        var watch = Stopwatch.StartNew();
        Assert.ThrowsAny<OperationCanceledException>(() => reader.Read([1, 2, 3], FrameRequest.Uniform(1), stop.Token));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.4, 10);
    }

    [SkippableFact]
    public void One_that_dies_makes_its_clip_a_damaged_one()
    {
        var reader = Scripted($"{Greet}; head -c 1 > /dev/null; exit 139");
        Assert.Equal(
            "damaged clip: the decoder died of it with exit code 139",
            Assert.Throws<VideoException>(() => reader.Read([1, 2, 3], FrameRequest.Uniform(1), default)).Message);
    }

    // Of the answer: its kind (0 is a clip), width and height, frames promised and decoded, shortened or not, the number of frames, and
    // each frame's index and time.
    [SkippableTheory]
    [InlineData(@"\007", "an answer of kind 7")]
    [InlineData(@"\000\002\0\0\0\002\0\0\0\001\0\0\0\001\0\0\0\0\002\0\0\0", "2 frames of 2x2, which were not asked for")]
    [InlineData(@"\000\0\0\0\200\002\0\0\0\001\0\0\0\001\0\0\0\0\001\0\0\0", "1 frames of -2147483648x2, which were not asked for")]
    [InlineData(@"\000\002\0\0\0\002\0\0\0\001\0\0\0\001\0\0\0\0\001\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "fewer frames than it says")]
    [InlineData(@"\000\0\0\0\100\0\0\0\100\001\0\0\0\001\0\0\0\0\001\0\0\0", "above the limit")]
    public void An_answer_that_was_not_asked_for_makes_its_clip_a_bad_one(string answer, string reason)
    {
        var reader = Scripted($"{Greet}; head -c 1 > /dev/null; printf '{answer}'; sleep 60");
        Assert.Contains(
            reason,
            Assert.Throws<VideoException>(() => reader.Read([1, 2, 3], FrameRequest.Uniform(1), default)).Message,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Frames_of_a_large_clip_do_not_stay_in_memory_and_the_next_clip_has_room_again()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        using var memory = new FrameMemory();
        using var store = new SharedFrames(memory.Path);
        var frames = new FrameArrays();
        foreach (var (width, value) in new[] { (8, 1), (6000, 2), (8, 3), (6000, 4) })
        {
            store.Prepare(2, width, 4000);
            store[0].Fill((byte)value);
            store[1].Fill((byte)(value + 100));
            frames.Prepare(2, width, 4000);
            memory.Read(frames, 2);
            Assert.Equal((value, value + 100), ((int)frames[0][^1], (int)frames[1][0]));
            using var file = File.OpenRead(memory.Path);
            Assert.InRange(file.Length, 0, 1 << 26);
        }
    }

    [SkippableTheory]
    [InlineData("exit 0")]
    [InlineData("printf '\016decode-clips 0'")]
    public void A_program_that_does_not_serve_is_an_error_of_the_installation_not_of_the_clip(string script)
        => Assert.Contains(
            "does not answer as a decoder",
            Assert.Throws<UserErrorException>(() => Scripted(script).Read([1, 2, 3], FrameRequest.Uniform(1), default)).Message,
            StringComparison.Ordinal);

    private FFmpegVideoReader Scripted(string script, TimeSpan? timeout = null)
    {
        GeneratedClip.SkipWithoutFFmpeg();
        var path = Path.Combine(folder.FullName, "service");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new FFmpegVideoReader(
            new VideoReaderOptions { Isolated = true, Service = path, Timeout = timeout ?? TimeSpan.FromMinutes(1) });
    }
}

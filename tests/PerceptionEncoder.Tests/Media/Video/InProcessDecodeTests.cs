using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Media.Video;

public class InProcessDecodeTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [SkippableTheory]
    [InlineData(30, 8, null)]
    [InlineData(3, 8, null)]
    [InlineData(30, 30, null)]
    [InlineData(30, 5, 40)]
    public void Libraries_and_child_process_give_the_same_frames(int frames, int wanted, int? side)
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Skip.If(LibAv.Instance is null, "FFmpeg's libraries are not installed");
        using var made = new GeneratedClip("clip.mp4", frames, encoder: GeneratedClip.H264);
        var request = FrameRequest.Uniform(wanted) with { Size = side is { } pixels ? (pixels, pixels) : null };
        var inside = InProcessDecode.Read(made.Path, Promise(frames), request, new VideoReaderOptions(), new FrameArrays(), default)!;
        var outside = new FFmpegVideoReader(new VideoReaderOptions { Isolated = true }).Read(made.Path, request, default);
        Assert.Equal(outside.CopyPixels(), inside.CopyPixels());
        Assert.Equal(outside.Indices, inside.Indices);
        Assert.Equal(outside.Seconds, inside.Seconds, (one, other) => Math.Abs(one - other) < 1e-5);
        Assert.Equal(
            (outside.Width, outside.Height, outside.FramesPromised, outside.FramesDecoded),
            (inside.Width, inside.Height, inside.FramesPromised, inside.FramesDecoded));
    }

    [SkippableTheory]
    [InlineData("clip.mkv", "-c:v libx264 -qp 0 -bf 3")]
    [InlineData("clip.avi", "-c:v mpeg4 -q:v 2 -bf 2")]
    [InlineData("clip.webm", "-c:v libvpx-vp9 -lossless 1 -auto-alt-ref 1 -lag-in-frames 10")]
    [InlineData("clip.gif", "-c:v gif")]
    public void A_container_without_an_index_of_frames_is_counted_by_packets(string name, string encoder)
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Skip.If(LibAv.Instance is null, "FFmpeg's libraries are not installed");
        using var made = new GeneratedClip(name, 25, encoder: encoder);
        Assert.Equal(25, PacketIndex.Read(made.Path, Minute, default)?.Frames);
        var request = FrameRequest.Uniform(6) with { Size = (40, 40) };
        var inside = InProcessDecode.Read(
            made.Path,
            PacketIndex.Read(made.Path, Minute, default)!,
            request,
            new VideoReaderOptions(),
            new FrameArrays(),
            default)!;
        var outside = new FFmpegVideoReader(new VideoReaderOptions { Isolated = true }).Read(made.Path, request, default);
        Assert.Equal(outside.CopyPixels(), inside.CopyPixels());
        Assert.Equal(outside.Indices, inside.Indices);
        Assert.Equal(outside.FramesPromised, inside.FramesPromised);
    }

    [SkippableFact]
    public void Turns_and_oblong_pixels_are_seen_and_one_stream_is_asked_for()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Skip.If(LibAv.Instance is null, "FFmpeg's libraries are not installed");
        using var made = new GeneratedClip("clip.mkv", 5, encoder: GeneratedClip.H264);
        Assert.True(PacketIndex.Read(made.Path, Minute, default)!.Upright);
        Assert.False(PacketIndex.Read(
            made.Derive("turned.mov", "-i", made.Path, "-c", "copy", "-metadata:s:v:0", "rotate=90"),
            Minute,
            default)!.Upright);
        Assert.Equal(
            (3, 2),
            PacketIndex.Read(made.Derive("oblong.mkv", "-i", made.Path, "-c", "copy", "-aspect", "2"), Minute, default)!.PixelAspect);
        Assert.Equal((3, 2), Mp4Index.Read(made.Derive("oblong.mp4", "-i", made.Path, "-c", "copy", "-aspect", "2"))!.PixelAspect);
        Assert.Null(PacketIndex.Read(made.Derive("two.mkv", "-i", made.Path, "-map", "0:v", "-map", "0:v", "-c", "copy"), Minute, default));
        Assert.Equal("time-out", Assert.Throws<VideoException>(() => PacketIndex.Read(made.Path, TimeSpan.Zero, default)).Reason);
        Assert.ThrowsAny<OperationCanceledException>(() => PacketIndex.Read(made.Path, Minute, new CancellationToken(canceled: true)));
        File.WriteAllText(made.Path, "no clip");
        Assert.Null(PacketIndex.Read(made.Path, Minute, default));
    }

    [SkippableFact]
    public void What_does_not_keep_its_promise_is_left_to_the_child_process()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Skip.If(LibAv.Instance is null, "FFmpeg's libraries are not installed");
        using var made = new GeneratedClip("clip.mp4", 5, encoder: GeneratedClip.H264);
        var request = FrameRequest.Uniform(2);
        Assert.NotNull(InProcessDecode.Read(made.Path, Promise(5), request, new VideoReaderOptions(), new FrameArrays(), default));
        Assert.Null(InProcessDecode.Read(made.Path, Promise(4), request, new VideoReaderOptions(), new FrameArrays(), default));
        Assert.Null(InProcessDecode.Read(made.Path, Promise(6), request, new VideoReaderOptions(), new FrameArrays(), default));
        Assert.Null(InProcessDecode.Read(
            made.Path,
            Promise(5) with { Size = (8192, 8192) },
            request,
            new VideoReaderOptions(),
            new FrameArrays(),
            default));
        File.WriteAllText(made.Path, "no clip");
        Assert.Null(InProcessDecode.Read(made.Path, Promise(5), request, new VideoReaderOptions(), new FrameArrays(), default));
    }

    [SkippableFact]
    public void Time_out_and_cancellation_end_the_decoding()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Skip.If(LibAv.Instance is null, "FFmpeg's libraries are not installed");
        using var made = new GeneratedClip("clip.mp4", 5, encoder: GeneratedClip.H264);
        Assert.ThrowsAny<OperationCanceledException>(() => InProcessDecode.Read(
            made.Path,
            Promise(5),
            FrameRequest.Uniform(2),
            new VideoReaderOptions(),
            new FrameArrays(),
            new CancellationToken(canceled: true)));
        Assert.Equal(
            "time-out",
            Assert.Throws<VideoException>(() => InProcessDecode.Read(
                made.Path,
                Promise(5),
                FrameRequest.Uniform(2),
                new VideoReaderOptions { Timeout = TimeSpan.Zero },
                new FrameArrays(),
                default)).Reason);
    }

    private static ContainerPromise Promise(int frames) => new("mov", frames, Upright: true, PixelAspect: null);
}

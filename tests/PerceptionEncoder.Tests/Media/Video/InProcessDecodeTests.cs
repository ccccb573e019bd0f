using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Media.Video;

public class InProcessDecodeTests
{
    [SkippableTheory]
    [InlineData(30, 8, null)]
    [InlineData(3, 8, null)]
    [InlineData(30, 30, null)]
    [InlineData(30, 5, 40)]
    public void Libraries_and_child_process_give_the_same_frames(int frames, int wanted, int? side)
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Skip.If(LibAvFilter.Instance is null, "FFmpeg's libraries are not installed");
        using var made = new GeneratedClip("clip.mp4", frames, encoder: GeneratedClip.H264);
        var request = FrameRequest.Uniform(wanted) with { Size = side is { } pixels ? (pixels, pixels) : null };
        var inside = InProcessDecode.Read(made.Path, frames, request, new VideoReaderOptions(), default)!;
        var outside = new FFmpegVideoReader(new VideoReaderOptions { Isolated = true }).Read(made.Path, request, default);
        Assert.Equal(outside.Pixels, inside.Pixels);
        Assert.Equal(outside.Indices, inside.Indices);
        Assert.Equal(outside.Seconds, inside.Seconds, (one, other) => Math.Abs(one - other) < 1e-5);
        Assert.Equal((outside.Width, outside.Height, outside.FramesPromised, outside.FramesDecoded), (inside.Width, inside.Height, inside.FramesPromised, inside.FramesDecoded));
    }

    [SkippableFact]
    public void What_does_not_keep_its_promise_is_left_to_the_child_process()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Skip.If(LibAvFilter.Instance is null, "FFmpeg's libraries are not installed");
        using var made = new GeneratedClip("clip.mp4", 5, encoder: GeneratedClip.H264);
        var request = FrameRequest.Uniform(2);
        Assert.NotNull(InProcessDecode.Read(made.Path, 5, request, new VideoReaderOptions(), default));
        Assert.Null(InProcessDecode.Read(made.Path, 4, request, new VideoReaderOptions(), default));
        Assert.Null(InProcessDecode.Read(made.Path, 6, request, new VideoReaderOptions(), default));
        File.WriteAllText(made.Path, "no clip");
        Assert.Null(InProcessDecode.Read(made.Path, 5, request, new VideoReaderOptions(), default));
    }

    [SkippableFact]
    public void Time_out_and_cancellation_end_the_decoding()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Skip.If(LibAvFilter.Instance is null, "FFmpeg's libraries are not installed");
        using var made = new GeneratedClip("clip.mp4", 5, encoder: GeneratedClip.H264);
        Assert.ThrowsAny<OperationCanceledException>(() => InProcessDecode.Read(made.Path, 5, FrameRequest.Uniform(2), new VideoReaderOptions(), new CancellationToken(canceled: true)));
        Assert.Equal("time-out", Assert.Throws<VideoException>(() => InProcessDecode.Read(made.Path, 5, FrameRequest.Uniform(2), new VideoReaderOptions { Timeout = TimeSpan.Zero }, default)).Reason);
    }
}

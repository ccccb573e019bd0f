using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Media.Video;

public sealed class MotionVectorsTests
{
    private static readonly string[] Predicted =
        ["-c:v", "libx264", "-bf", "0", "-refs", "1", "-g", "250", "-qp", "20", "-pix_fmt", "yuv420p"];

    [SkippableFact]
    public void A_picture_that_moves_as_a_whole_has_its_own_speed_and_little_variance()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        var motion = Read(MovingClip.Encode(MovingClip.Frames(24, 4, 4), "a.mp4", Predicted))!;
        Assert.InRange(motion.Magnitude, 3.2 / MovingClip.Height, 4.6 / MovingClip.Height);
        Assert.InRange(motion.Variance, 0, 3.0 / MovingClip.Height / MovingClip.Height);
        Assert.InRange(motion.Frames, 20, 24);
    }

    [SkippableFact]
    public void Halves_that_move_against_each_other_vary_and_what_stands_still_does_not_move()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        var against = Read(MovingClip.Encode(MovingClip.Frames(24, 4, -4), "a.mp4", Predicted))!;
        Assert.InRange(against.Variance, 10.0 / MovingClip.Height / MovingClip.Height, 20.0 / MovingClip.Height / MovingClip.Height);
        var still = Read(MovingClip.Encode(MovingClip.Frames(24, 0, 0), "a.mp4", Predicted))!;
        Assert.InRange(still.Magnitude, 0, 0.05 / MovingClip.Height);
    }

    [SkippableTheory]
    [InlineData("a.avi", true, "-c:v", "mpeg4", "-q:v", "3")]
    [InlineData("a.mkv", true, "-c:v", "mpeg2video", "-q:v", "3")]
    [InlineData("a.mkv", false, "-c:v", "ffv1")]
    [InlineData("a.mov", false, "-c:v", "png")]
    public void Codecs_either_tell_or_are_passed_over(string name, bool tells, params string[] codec)
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Assert.Equal(tells, Read(MovingClip.Encode(MovingClip.Frames(12, 4, 4), name, codec)) is { Magnitude: > 0 });
    }

    [SkippableFact]
    public void What_is_no_clip_has_none_and_a_cancelled_one_stops()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Assert.Null(Read("no clip at all, however often it is read"u8.ToArray()));
        var file = MovingClip.Encode(MovingClip.Frames(12, 4, 4), "a.mp4", Predicted);
        Assert.Null(Read(file[..(file.Length / 3)]));
        using var clip = new TemporaryClip(file);
        var stopped = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => MotionVectors.Read(clip.Path, TimeSpan.FromMinutes(1), stopped));
    }

    private static ClipMotion? Read(byte[] file)
    {
        using var clip = new TemporaryClip(file);
        return MotionVectors.Read(clip.Path, TimeSpan.FromMinutes(1), default);
    }
}

using System.Buffers.Binary;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Media.Video;

public class FFmpegVideoReaderTests
{
    [SkippableTheory]
    [InlineData("clip.mkv", "-c:v ffv1")]
    [InlineData("clip.mp4", "-c:v libx264 -qp 0 -bf 3")]
    [InlineData("clip.mp4", "-c:v libx264 -qp 0 -bf 3 -movflags frag_keyframe+empty_moov")]
    public void Uniform_frames_are_exactly_those_of_the_rule_in_order(string name, string encoder)
    {
        var reader = Reader();
        using var made = new GeneratedClip(name, 30, encoder: encoder);
        var clip = reader.Read(made.Path, FrameRequest.Uniform(8), default);
        Assert.Equal((GeneratedClip.Width, GeneratedClip.Height, 30, false), (clip.Width, clip.Height, clip.FramesDecoded, clip.Shortened));
        Assert.Equal(FrameIndices.Uniform(8, 30), clip.Indices);
        Assert.Equal(clip.Indices, GeneratedClip.FrameNumbers(clip));
        Assert.Equal(clip.Indices.Select(index => index / 25.0), clip.Seconds.Select(time => Math.Round(time, 3)));
    }

    [SkippableFact]
    public void A_short_clip_repeats_frames_from_bytes_as_from_a_file()
    {
        var reader = Reader();
        using var made = new GeneratedClip("clip.mp4", 3, encoder: GeneratedClip.H264);
        var clip = reader.Read(File.ReadAllBytes(made.Path), FrameRequest.Uniform(8), default);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 2], GeneratedClip.FrameNumbers(clip));
        Assert.Equal(reader.Read(made.Path, FrameRequest.Uniform(8), default).CopyPixels(), clip.CopyPixels());
        Assert.Equal(1, Assert.Single(GeneratedClip.FrameNumbers(reader.Read(made.Path, FrameRequest.Uniform(1), default))));
    }

    [SkippableFact]
    public void Uneven_frames_are_chosen_by_index_or_by_the_time_at_which_they_are_on_display()
    {
        var reader = Reader();
        using var made = new GeneratedClip("clip.mkv", 11, ",setpts=N*N/25/TB"); // at 0, 0.04, 0.16 ... 3.24, 4 s
        Assert.Equal([0, 5, 10], GeneratedClip.FrameNumbers(reader.Read(made.Path, FrameRequest.Uniform(3), default)));
        Assert.Equal([0, 5, 7, 8, 10], GeneratedClip.FrameNumbers(reader.Read(made.Path, FrameRequest.AtRate(1), default)));
        var span = reader.Read(made.Path, FrameRequest.Uniform(3).Within(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2)), default);
        Assert.Equal([3, 5, 7], GeneratedClip.FrameNumbers(span));
        Assert.Equal([0.36, 1, 1.96], span.Seconds.Select(time => Math.Round(time, 3)));
        Assert.Equal(11, reader.Read(made.Path, FrameRequest.All, default).FrameCount);
        var behind = Assert.Throws<VideoException>(
            () => reader.Read(made.Path, FrameRequest.All.Within(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(7)), default));
        Assert.Equal("no frame in the time span", behind.Reason);
    }

    [SkippableFact]
    public void Many_scattered_frames_come_in_one_pass()
    {
        var reader = Reader();
        using var made = new GeneratedClip("clip.mkv", 1000);
        var clip = reader.Read(made.Path, FrameRequest.AtRate(12.5) with { Size = (8, 8) }, default);
        Assert.Equal(Enumerable.Range(0, clip.FrameCount).Select(i => 2 * i), clip.Indices);
        Assert.Equal(500, clip.FrameCount);
    }

    [SkippableFact]
    public void Rotation_by_metadata_turns_the_picture()
    {
        var reader = Reader();
        using var made = new GeneratedClip("clip.mp4", 2, ",drawbox=w=iw/2:h=ih:c=white:t=fill", GeneratedClip.H264);
        var file = File.ReadAllBytes(made.Path);
        TurnClockwise(file);
        var clip = reader.Read(file, FrameRequest.Uniform(1), default);
        Assert.Equal((GeneratedClip.Height, GeneratedClip.Width), (clip.Width, clip.Height));
        // The white half was at the left: by a quarter turn clockwise it comes to the top.
        Assert.InRange(clip.Frame(0).Pixels[0], 230, 255);
        Assert.InRange(clip.Frame(0).Pixels[^1], 0, 25);
        File.WriteAllBytes(made.Path, file);
        var info = reader.Probe(made.Path, default);
        Assert.Equal((GeneratedClip.Height, GeneratedClip.Width, -90), (info.Width, info.Height, info.Rotation));
    }

    [SkippableTheory]
    [InlineData(true, 32, 64)]
    [InlineData(false, 48, 64)]
    public void Oblong_pixels_of_a_clip_on_its_side_turn_with_it(bool squarePixels, int width, int height)
    {
        var reader = Reader();
        using var made = new GeneratedClip("clip.mp4", 2, ",setsar=3/2", GeneratedClip.H264);
        var file = File.ReadAllBytes(made.Path);
        TurnClockwise(file);
        File.WriteAllBytes(made.Path, file);

        // Stored as 64 x 48 pixels that are 3 wide and 2 high; upright, 48 x 64 pixels that are 2 wide and 3 high.
        var clip = reader.Read(made.Path, FrameRequest.Uniform(1) with { SquarePixels = squarePixels }, default);
        var info = reader.Probe(made.Path, default);
        Assert.Equal((width, height), (clip.Width, clip.Height));
        Assert.Equal((32, 64, 64, 48, 1.5), (info.Width, info.Height, info.StoredWidth, info.StoredHeight, info.SampleAspectRatio));
    }

    [SkippableTheory]
    [InlineData("clip.mkv", "-c:v ffv1")]
    [InlineData("clip.mov", "-c:v rawvideo -pix_fmt uyvy422")]
    [InlineData("clip.mp4", "-c:v libx264")]
    [InlineData("clip.avi", "-c:v libx264 -bf 0")]
    public void Sample_aspect_ratio_stretches_the_columns_unless_told_not_to(string name, string encoder)
    {
        var reader = Reader();
        using var made = new GeneratedClip(name, 2, ",setsar=3/2", encoder);
        var square = reader.Read(made.Path, FrameRequest.Uniform(2), default);
        var stored = reader.Read(made.Path, FrameRequest.Uniform(2) with { SquarePixels = false }, default);
        var info = reader.Probe(made.Path, default);
        Assert.Equal((96, 48, 64, 48), (square.Width, square.Height, stored.Width, stored.Height));
        Assert.Equal((96, 48, 64, 48, 1.5), (info.Width, info.Height, info.StoredWidth, info.StoredHeight, info.SampleAspectRatio));
    }

    [SkippableTheory]
    [InlineData("sound.mp3")]
    [InlineData("sound.m4a")]
    public void A_cover_picture_is_no_video(string name)
    {
        var reader = Reader();
        using var made = new GeneratedClip("clip.mkv", 1);
        var sound = made.Derive(
            name, "-f", "lavfi", "-i", "sine=d=0.2", "-i", made.Path, "-map", "0", "-map", "1", "-c:v", "mjpeg", "-disposition:v",
            "attached_pic");
        Assert.Equal("no video stream", Assert.Throws<VideoException>(() => reader.Read(sound, FrameRequest.Uniform(2), default)).Reason);
    }

    [SkippableFact]
    public void Frames_are_scaled_on_demand()
    {
        var reader = Reader();
        using var made = new GeneratedClip("clip.mkv", 5);
        var clip = reader.Read(made.Path, FrameRequest.All with { Size = (20, 30) }, default);
        Assert.Equal((20, 30, 20 * 30 * 3), (clip.Width, clip.Height, clip.Frame(4).Pixels.Length));
        Assert.Equal([0, 1, 2, 3, 4], GeneratedClip.FrameNumbers(clip));
    }

    [SkippableFact]
    public void Deep_colour_of_odd_size_keeps_its_grey()
    {
        var reader = Reader();
        using var made = new GeneratedClip("clip.mkv", 3, ",scale=63:47,format=yuv444p12");
        var clip = reader.Read(made.Path, FrameRequest.All, default);
        Assert.Equal((63, 47), (clip.Width, clip.Height));
        Assert.Equal([0, 1, 2], GeneratedClip.FrameNumbers(clip));
    }

    [SkippableFact]
    public void Frames_that_an_edit_list_cuts_away_do_not_count()
    {
        var reader = Reader();
        using var made = new GeneratedClip("clip.mp4", 30, encoder: GeneratedClip.H264);
        var cut = made.Derive("cut.mp4", "-ss", "0.42", "-i", made.Path, "-c", "copy");
        var clip = reader.Read(cut, FrameRequest.All, default);
        Assert.Equal(reader.Probe(cut, default).FrameCount, clip.FrameCount);
        Assert.Equal(Enumerable.Range(30 - clip.FrameCount, clip.FrameCount), GeneratedClip.FrameNumbers(clip));
        Assert.Equal((clip.FramesDecoded, false), (clip.FramesPromised, clip.Shortened));
        Assert.InRange(clip.FrameCount, 18, 20);
    }

    [SkippableFact]
    public void A_cut_file_spreads_the_frames_over_what_decodes()
    {
        var reader = Reader();
        using var made = new GeneratedClip("clip.mp4", 30, ",noise=alls=40:allf=t", "-c:v libx264 -qp 20 -movflags +faststart");
        var file = File.ReadAllBytes(made.Path);
        var clip = reader.Read(file.AsSpan(0, file.Length * 2 / 3), FrameRequest.Uniform(8), default);
        Assert.True(clip.Shortened);
        Assert.Equal(30, clip.FramesPromised);
        Assert.InRange(clip.FramesDecoded, 10, 25);
        Assert.Equal(FrameIndices.Uniform(8, clip.FramesDecoded), clip.Indices);
    }

    [SkippableTheory]
    [InlineData("", "empty file")]
    [InlineData("not a video at all, only some words", "not a video")]
    [InlineData("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://localhost:1/a.ts\n", "not a video")]
    public void What_is_no_clip_is_refused_with_a_reason(string text, string reason)
    {
        var reader = Reader();
        Assert.Equal(
            reason,
            Assert.Throws<VideoException>(
                () => reader.Read(System.Text.Encoding.ASCII.GetBytes(text), FrameRequest.Uniform(8), default)).Reason);
    }

    [SkippableFact]
    public void A_missing_file_is_named()
    {
        var failure = Assert.Throws<VideoException>(() => Reader().Read("/nowhere/clip.mp4", FrameRequest.Uniform(8), default));
        Assert.Equal("missing file", failure.Reason);
        Assert.Contains("/nowhere/clip.mp4", failure.Message, StringComparison.Ordinal);
    }

    // The display matrix of the track header (ISO/IEC 14496-12, 8.3.2) for a quarter turn clockwise.
    private static void TurnClockwise(byte[] mp4)
    {
        var matrix = mp4.AsSpan(mp4.AsSpan().IndexOf("tkhd"u8) + 44);
        int[] values = [0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(matrix[(4 * i)..], values[i]);
        }
    }

    private static FFmpegVideoReader Reader()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        return new FFmpegVideoReader();
    }
}

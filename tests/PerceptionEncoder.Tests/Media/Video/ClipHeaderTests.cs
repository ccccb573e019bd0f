using System.Buffers.Binary;
using CsCheck;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tests.Data;

namespace PerceptionEncoder.Tests.Media.Video;

/// <summary>What headers say must be what ffprobe says of the same files.</summary>
public sealed class ClipHeaderTests
{
    private const string Absent = "(absent)";

    public static TheoryData<string> CornerCases()
        => Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder).Select(file => Path.GetFileName(file)!)]
            : new TheoryData<string>(Absent);

    private static string Folder => Path.Combine(RepositoryPaths.Data, "video-corner-cases");

    [SkippableTheory]
    [InlineData("a.mp4", "h264")]
    [InlineData("a.mov", "h264")]
    [InlineData("a.mkv", "ffv1")]
    [InlineData("a.avi", "mpeg4")]
    public void A_generated_clip_is_read_as_ffprobe_reads_it(string name, string codec)
    {
        GeneratedClip.SkipWithoutFFmpeg();
        using var clip = new GeneratedClip(name, 20, encoder: codec switch
        {
            "h264" => GeneratedClip.H264,
            "mpeg4" => "-c:v mpeg4 -q:v 2",
            _ => "-c:v ffv1",
        });
        Same(clip.Path);
        Assert.Equal(codec, ClipHeader.Read(File.ReadAllBytes(clip.Path))!.Codec);
        if (codec != "mpeg4")                                       // AVI leaves proportions to the codec
        {
            Same(clip.Derive("wide-" + name, "-i", clip.Path, "-vf", "setsar=4/3", "-c:v", codec == "h264" ? "libx264" : codec));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(CornerCases))]
    public void An_odd_clip_is_read_as_ffprobe_reads_it_or_not_at_all(string name)
    {
        Skip.If(name == Absent, $"no clips in {Folder}; set PE_DATA_DIR to the shared data");
        GeneratedClip.SkipWithoutFFmpeg();
        var path = Path.Combine(Folder, name);
        if (ClipHeader.Read(File.ReadAllBytes(path)) is { IsCut: false })
        {
            Same(path);
        }
    }

    [Fact]
    public void A_clip_of_our_own_is_read_and_one_cut_in_its_frames_is_seen_as_cut()
    {
        var file = QuickTimeFile.Encode([.. Enumerable.Range(0, 6).Select(seed => TestImages.Noise(20, 10, 3, (ulong)seed))], 4);
        Assert.Equal(new ClipHeader("mov", "png", 20, 10, 1.5, 6), ClipHeader.Read(file));

        // The index first, as streamed files have it.
        var index = file.AsSpan().IndexOf("moov"u8) - 4;
        var streamed = (byte[])[.. file[index..], .. file[..index]];
        Assert.False(ClipHeader.Read(streamed)!.IsCut);
        Assert.True(ClipHeader.Read(streamed.AsSpan(0, streamed.Length - 5))!.IsCut);
        Assert.Null(ClipHeader.Read(file.AsSpan(0, index)));
    }

    [Fact]
    public void Any_bytes_are_a_header_or_none_and_never_a_failure()
    {
        var file = QuickTimeFile.Encode([TestImages.Noise(8, 8, 3, 1)], 4);
        byte[] matroska = [0x1A, 0x45, 0xDF, 0xA3, 0x80, 0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        byte[] avi = [.. "RIFF"u8, 0, 1, 0, 0, .. "AVI LIST"u8, 0, 1, 0, 0, .. "hdrl"u8];
        Gen.Select(
                Gen.Int[0, 2].Select(which => which == 0 ? file : which == 1 ? matroska : avi),
                Gen.Int[0, 2000],
                Gen.Select(Gen.Int[0, 2000], Gen.Byte).Array[0, 20],
                Gen.Byte.Array[0, 60])
            .Sample(
                (start, length, changes, rest) =>
                {
                    byte[] bytes = [.. start[..Math.Min(length, start.Length)], .. rest];
                    foreach (var (at, value) in changes.Where(change => change.Item1 < bytes.Length))
                    {
                        bytes[at] = value;
                    }

                    Assert.InRange(ClipHeader.Read(bytes)?.Seconds ?? 0, 0, 1e8);
                },
                iter: 3000);
    }

    [Fact]
    public void Boxes_in_boxes_without_end_are_no_clip()
    {
        const int depth = 300_000;
        var file = new byte[16 + (8 * depth)];
        for (var level = 0; level < depth; level++)
        {
            var at = 16 + (8 * level);
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at), file.Length - at);
            (level == 0 ? "trak"u8 : "mdia"u8).CopyTo(file.AsSpan(at + 4));
        }

        BinaryPrimitives.WriteInt32BigEndian(file, 8);
        "ftyp"u8.CopyTo(file.AsSpan(4));
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(8), file.Length - 8);
        "moov"u8.CopyTo(file.AsSpan(12));
        Assert.Null(ClipHeader.Read(file));
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, file);
            Assert.Null(Mp4Index.Read(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Same(string path)
    {
        var header = ClipHeader.Read(File.ReadAllBytes(path));
        Assert.NotNull(header);
        var info = new FFmpegVideoReader().Probe(path, default);
        Assert.Equal((info.Codec, info.Width, info.Height), (header.Codec, header.Width, header.Height));
        Assert.InRange(header.Frames, info.FrameCount, info.FrameCount + 5);            // those that an edit cuts away are in the file
        Assert.InRange(header.Seconds, info.Duration.TotalSeconds - 0.3, info.Duration.TotalSeconds + 0.3);
    }
}

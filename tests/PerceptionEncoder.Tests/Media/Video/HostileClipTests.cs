using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Media.Video;

/// <summary>Clips whose makers mean harm: to read other files of the machine, or to take its memory.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HostileClipTests(HostileClipTests.Secret secret) : IClassFixture<HostileClipTests.Secret>
{
    private static readonly string[] Texts =
    [
            """<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" """
                + """type="static" mediaPresentationDuration="PT2S" minBufferTime="PT1S"><Period><AdaptationSet mimeType="video/mp4">"""
                + """<Representation id="1" bandwidth="1000" width="64" height="48"><BaseURL>file:SECRET</BaseURL></Representation>"""
                + """</AdaptationSet></Period></MPD>""",
            "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nSECRET\n#EXT-X-ENDLIST\n",
            "ID3\u0003\0\0\0\0\0\n0123456789#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nSECRET\n#EXT-X-ENDLIST\n",
            "ffconcat version 1.0\nfile SECRET\n",
            "ffconcat version 1.0\nfile pipe:0\n",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
            ";FFMETADATA1\ntitle=x\n",
            "[playlist]\nFile1=SECRET\n",
    ];

    public static TheoryData<string, bool> Scripts()
    {
        var data = new TheoryData<string, bool>();
        foreach (var text in Texts)
        {
            data.Add(text, false);
            data.Add(text, true);
        }

        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(Scripts))]
    public void A_script_that_names_another_clip_is_no_video_and_the_other_one_stays_unread(string script, bool isolated)
    {
        var file = Encoding.Latin1.GetBytes(script.Replace("SECRET", secret.Path, StringComparison.Ordinal));
        foreach (var request in new[] { FrameRequest.Uniform(1), FrameRequest.Uniform(3) })
        {
            Assert.Equal("not a video", Assert.Throws<VideoException>(() => Reader(isolated).Read(file, request, default)).Reason);
        }
    }

    /// <summary>
    /// QuickTime may keep its frames in another file, which its data reference names: by address, or by a Macintosh alias.
    /// </summary>
    [SkippableTheory]
    [InlineData("url ", false)]
    [InlineData("url ", true)]
    [InlineData("alis", false)]
    [InlineData("alis", true)]
    public void A_data_reference_to_another_file_leaves_it_unread(string kind, bool isolated)
    {
        var reader = Reader(isolated);
        var file = File.ReadAllBytes(secret.Path);
        byte[] reference = kind == "alis" ? Alias(secret.Path) : [0, 0, 0, 0, .. Encoding.UTF8.GetBytes($"file://{secret.Path}\0")];
        var clip = WithReference(file, kind, reference);
        Assert.Equal("damaged clip", Assert.Throws<VideoException>(() => reader.Read(clip, FrameRequest.Uniform(3), default)).Reason);
        Assert.Equal("damaged clip", Assert.Throws<VideoException>(() => reader.Read(clip, FrameRequest.AtRate(25), default)).Reason);
    }

    [SkippableFact]
    public void Packets_are_counted_no_longer_than_the_time_out_and_no_further_than_the_cancellation()
    {
        Reader(isolated: false);
        using var made = new GeneratedClip("clip.mkv", 5);
        Assert.Equal(5, PacketIndex.Read(made.Path, TimeSpan.FromMinutes(1), default)!.Frames);
        Assert.Equal("time-out", Assert.Throws<VideoException>(() => PacketIndex.Read(made.Path, TimeSpan.Zero, default)).Reason);
        Assert.Throws<OperationCanceledException>(
            () => PacketIndex.Read(made.Path, TimeSpan.FromMinutes(1), new CancellationToken(canceled: true)));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_name_that_is_a_pattern_of_pictures_opens_no_pictures(bool isolated)
    {
        using var made = new GeneratedClip("clip.mkv", 3);
        made.Derive("frame%03d.png", "-i", made.Path);
        var pattern = Path.Combine(Path.GetDirectoryName(made.Path)!, "frame%03d.png");
        File.Copy(Path.Combine(Path.GetDirectoryName(made.Path)!, "frame001.png"), pattern);
        Assert.Equal(
            "not a video",
            Assert.Throws<VideoException>(() => Reader(isolated).Read(pattern, FrameRequest.Uniform(3), default)).Reason);
    }

    [SkippableFact]
    public void A_named_pipe_or_a_device_is_no_file_and_nobody_waits_for_it()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs Linux's pipes and devices");
        var folder = Directory.CreateTempSubdirectory("pipes-");
        try
        {
            var (pipe, device) = (Path.Combine(folder.FullName, "pipe.mp4"), Path.Combine(folder.FullName, "device.mp4"));
            Process.Start("mkfifo", pipe).WaitForExit();
            File.CreateSymbolicLink(device, "/dev/zero");
            Assert.Equal(
                "unreadable file",
                Assert.Throws<VideoException>(() => Reader(isolated: false).Read(pipe, FrameRequest.Uniform(3), default)).Reason);
            Assert.Equal(
                "empty file",
                Assert.Throws<VideoException>(() => Reader(isolated: false).Read(device, FrameRequest.Uniform(3), default)).Reason);
            Assert.Equal(
                "unreadable file",
                Assert.Throws<VideoException>(
                    () => Reader(isolated: false).Read(folder.FullName, FrameRequest.Uniform(3), default)).Reason);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [SkippableTheory]
    [InlineData("clip.mp4", "-c:v libx264 -qp 0", false)]
    [InlineData("clip.mp4", "-c:v libx264 -qp 0", true)]
    [InlineData("clip.mkv", "-c:v ffv1", false)]
    [InlineData("clip.mkv", "-c:v ffv1", true)]
    public void Frames_that_are_together_larger_than_the_limit_are_refused(string name, string encoder, bool isolated)
    {
        using var made = new GeneratedClip(name, 12, encoder: encoder);
        const int Pixels = 8 * GeneratedClip.Width * GeneratedClip.Height;
        var request = FrameRequest.Uniform(8);
        Assert.Equal(3 * Pixels, Reader(isolated).Read(made.Path, request with { MaximumPixels = Pixels }, default).CopyPixels().Length);
        Assert.Equal(
            "too many pixels",
            Assert.Throws<VideoException>(
                () => Reader(isolated).Read(made.Path, request with { MaximumPixels = Pixels - 1 }, default)).Reason);
        Assert.Equal(
            "too many pixels",
            Assert.Throws<VideoException>(
                () => Reader(isolated).Read(made.Path, FrameRequest.AtRate(25) with { MaximumPixels = Pixels }, default)).Reason);
        Assert.Equal(8, Reader(isolated).Read(made.Path, request with { MaximumPixels = Pixels - 1, Size = (8, 8) }, default).FrameCount);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_header_that_understates_the_size_gains_nothing(bool isolated)
    {
        using var made = new GeneratedClip("clip.mp4", 12, encoder: GeneratedClip.H264);
        var file = File.ReadAllBytes(made.Path);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(file.AsSpan().LastIndexOf("avc1"u8) + 28), (1 << 16) + 1);
        var request = FrameRequest.Uniform(8) with { MaximumPixels = 100 };
        Assert.Equal("too many pixels", Assert.Throws<VideoException>(() => Reader(isolated).Read(file, request, default)).Reason);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_index_of_two_thousand_million_frames_takes_no_memory(bool isolated)
    {
        var file = QuickTimeFile.Encode([new DecodedImage(4, 4, 3, new byte[48], Indexed: false)], 25);
        var sizes = file.AsSpan(file.AsSpan().IndexOf("stsz"u8) + 8);
        BinaryPrimitives.WriteInt32BigEndian(sizes, 1);
        BinaryPrimitives.WriteInt32BigEndian(sizes[4..], int.MaxValue);
        var before = GC.GetTotalAllocatedBytes();
        Assert.Equal("too many pixels", Assert.Throws<VideoException>(() => Reader(isolated).Read(file, FrameRequest.All, default)).Reason);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1 << 26);
    }

    /// <summary>An MP4 without its frames, whose one data reference, "in this file" so far, is another.</summary>
    private static byte[] WithReference(byte[] file, string kind, byte[] content)
    {
        // Behind the frames, so that nothing that is told by its place moves.
        var (index, frames) = (file.AsSpan().IndexOf("moov"u8) - 4, file.AsSpan().IndexOf("mdat"u8) + 4);
        Assert.True(frames < index);
        var old = file.AsSpan().LastIndexOf("url "u8) - 4;
        byte[] changed = [.. file[..old], 0, 0, 0, 0, .. Encoding.Latin1.GetBytes(kind), .. content, .. file[(old + 12)..]];
        BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(old), 8 + content.Length);
        foreach (var box in new[] { "moov", "trak", "mdia", "minf", "dinf", "dref" })
        {
            var length = changed.AsSpan(file.AsSpan().IndexOf(Encoding.Latin1.GetBytes(box)) - 4);
            BinaryPrimitives.WriteInt32BigEndian(length, BinaryPrimitives.ReadInt32BigEndian(length) + 8 + content.Length - 12);
        }

        changed.AsSpan(frames..index).Clear();
        return changed;
    }

    /// <summary>What FFmpeg reads of an alias: a head of fixed length with no volume's name, then the absolute path.</summary>
    private static byte[] Alias(string path)
    {
        var name = Encoding.UTF8.GetBytes(path);
        byte[] padded = [.. name, .. new byte[name.Length % 2]];
        var length = new byte[2];
        BinaryPrimitives.WriteInt16BigEndian(length, (short)name.Length);
        return [.. new byte[4 + 10 + 1 + 27 + 12 + 1 + 63 + 16 + 2 + 2 + 16], 0, 2, .. length, .. padded, 0xFF, 0xFF, 0, 0];
    }

    /// <summary>A clip that nobody has asked for.</summary>
    public sealed class Secret : IDisposable
    {
        private readonly GeneratedClip? clip = Record.Exception(() => new FFmpegVideoReader()) is null
            ? new GeneratedClip("clip.mp4", 5, encoder: GeneratedClip.H264)
            : null;

        public string Path => clip?.Path ?? "";

        public void Dispose() => clip?.Dispose();
    }

    private static FFmpegVideoReader Reader(bool isolated)
    {
        GeneratedClip.SkipWithoutFFmpeg();
        return new FFmpegVideoReader(new VideoReaderOptions { Isolated = isolated, Timeout = TimeSpan.FromSeconds(20) });
    }
}

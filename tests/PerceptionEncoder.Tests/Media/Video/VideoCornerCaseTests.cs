using System.Text.Json;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Media.Video;

/// <summary>Odd and broken clips of the shared data: what its <c>expected.json</c> says must hold.</summary>
public class VideoCornerCaseTests
{
    private const string Absent = "(absent)";
    private const int Frames = 8;
    private static readonly string Folder = Path.Combine(RepositoryPaths.Data, "video-corner-cases");

    public static TheoryData<string> Files()
    {
        var list = Path.Combine(Folder, "expected.json");
        return File.Exists(list) ? [.. Expectations().EnumerateObject().Select(entry => entry.Name)] : new TheoryData<string>(Absent);
    }

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void A_clip_gives_the_frames_it_holds_or_is_refused_with_a_reason(string name)
    {
        Skip.If(name == Absent, $"no clips in {Folder}; set PE_DATA_DIR to the shared data");
        GeneratedClip.SkipWithoutFFmpeg();
        var expected = Expectations().GetProperty(name);
        var path = Path.Combine(Folder, name);
        var reader = new FFmpegVideoReader();
        var request = FrameRequest.Uniform(Frames) with { SquarePixels = false };
        if (expected.GetProperty("decodable").ValueKind == JsonValueKind.False)
        {
            Assert.NotEmpty(Assert.Throws<VideoException>(() => reader.Probe(path, default)).Reason);
            Assert.NotEmpty(Assert.Throws<VideoException>(() => reader.Read(path, request, default)).Reason);
            return;
        }

        var clip = reader.Read(path, request, default);
        Assert.Equal(Frames * clip.Width * clip.Height * 3, clip.CopyPixels().Length);
        Assert.Equal(FrameIndices.Uniform(Frames, clip.FramesDecoded), clip.Indices);
        Assert.Equal(
            new FFmpegVideoReader(new VideoReaderOptions { Isolated = true }).Read(path, request, default).CopyPixels(),
            clip.CopyPixels());
        Assert.Equal(clip.FramesDecoded < clip.FramesPromised, clip.Shortened);
        if (expected.GetProperty("decodable").ValueKind == JsonValueKind.True)
        {
            var info = reader.Probe(path, default);
            Assert.Equal(expected.GetProperty("frames").GetInt32(), info.FrameCount);
            Assert.Equal(info.FrameCount, clip.FramesDecoded);
            Assert.Equal((Number(expected, "width"), Number(expected, "height")), (info.StoredWidth, info.StoredHeight));
            Assert.Equal(
                (Number(expected, "display_width", "width"), Number(expected, "display_height", "height")),
                (clip.Width, clip.Height));
            Assert.Equal(expected.TryGetProperty("rotation", out var rotation) ? rotation.GetInt32() : 0, info.Rotation);
        }
        else if (expected.GetProperty("note").GetString()!.Contains("promises", StringComparison.Ordinal))
        {
            Assert.True(clip.Shortened);
        }
    }

    private static int Number(JsonElement expected, string name, string otherwise = "")
        => (expected.TryGetProperty(name, out var number) ? number : expected.GetProperty(otherwise)).GetInt32();

    private static JsonElement Expectations() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json"))).RootElement;
}

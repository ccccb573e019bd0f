using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tests.Data.Video;
using PerceptionEncoder.Tests.Media.Video;
using PerceptionEncoder.Tools.Benchmark;
using PerceptionEncoder.Tools.Frames;
using PerceptionEncoder.Tools.Scenes.Moving;

namespace PerceptionEncoder.Tests.Tools.Frames;

public sealed class FrameExtractionTests : IDisposable
{
    private readonly ShardFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SkippableFact]
    public void Stored_frames_are_those_the_decoder_gives_and_other_members_stay()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        var bad = Write(out var summary, new FrameExtractionOptions { Frames = 5, Format = FrameFormat.Png });
        Assert.Equal((1, 3L, 1L), (summary.Shards, summary.Clips, summary.Unreadable));
        Assert.Equal("not a video", Assert.Single(bad.SkippedByReason).Key);
        var direct = new ClipDecoder(new FFmpegVideoReader(), 5);
        var stored = StoredClips.Decoder(5);
        var (before, after) = (Read(folder.PathOf("clips.tar")), Read(folder.PathOf("frames/clips.tar")));
        Assert.Equal(["clip0", "clip1", "clip2"], after.Select(sample => sample.Key));
        foreach (var sample in after)
        {
            Assert.Equal(["frame00.png", "frame01.png", "frame02.png", "frame03.png", "frame04.png", "txt"], sample.Members.Keys.Order());
            var original = before.Single(other => other.Key == sample.Key);
            Assert.Equal(
                direct.Read(original, ["mov"]).Select(frame => frame.Pixels),
                stored.Read(sample, ["mov"]).Select(frame => frame.Pixels));
        }
    }

    [SkippableFact]
    public void Complete_shards_are_not_written_again_and_the_shorter_side_is_limited()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Write(out _, new FrameExtractionOptions { Frames = 2, ShortSide = 16 });
        Assert.All(
            Read(folder.PathOf("frames/clips.tar")),
            sample => Assert.All(StoredClips.Decoder(2).Read(sample, []), frame => Assert.Equal((16, 16), (frame.Width, frame.Height))));
        var again = new FrameExtraction(new FrameExtractionOptions(), new FFmpegVideoReader())
            .Run(folder.PathOf("clips.tar"), folder.PathOf("frames"), new BadSamples());
        Assert.Equal((1, 1, 0L), (again.Shards, again.Resumed, again.Clips));
    }

    [SkippableFact]
    public void A_folder_that_cannot_be_made_and_a_name_that_is_taken_are_one_line()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        File.WriteAllText(folder.PathOf("file"), "");
        Directory.CreateDirectory(folder.PathOf("taken/clips.tar"));
        Write(out _, new FrameExtractionOptions { Frames = 2 });
        foreach (var place in new[] { "file", "file/inner", "taken" })
        {
            var failure = Assert.Throws<UserErrorException>(
                () => new FrameExtraction(new FrameExtractionOptions { Frames = 2 }, new FFmpegVideoReader())
                    .Run(folder.PathOf("clips.tar"), folder.PathOf(place), new BadSamples()));
            Assert.StartsWith(
                $"{folder.PathOf(place == "taken" ? "taken/clips.tar" : place)}: cannot be written",
                failure.Message,
                StringComparison.Ordinal);
            Assert.Single(failure.Lines);
        }
    }

    [Fact]
    public void A_failure_on_one_of_several_threads_is_told_as_it_is()
    {
        using (var writer = new ShardWriter(folder.PathOf("clips.tar")))
        {
            writer.Write("clip", ShardFolder.Member("mp4", "bytes"));
            writer.Write("other", ShardFolder.Member("mp4", "bytes"));
        }

        var full = new FailingReader(new UserErrorException("no room"));
        Assert.Equal(
            "no room",
            Assert.Throws<UserErrorException>(() => new FrameExtraction(new FrameExtractionOptions(), full)
                .Run(folder.PathOf("clips.tar"), folder.PathOf("out"), new BadSamples())).Message);

        var slow = new FailingReader(new VideoException("time-out", "no result within 1 s"));
        var clips = VideoThroughput.ReadFiles(folder.PathOf("clips.tar"));
        var failure = Assert.Throws<UserErrorException>(() => VideoThroughput.Measure(clips, slow, frames: 2, side: 8, workers: 1));
        Assert.Equal("clip 1 of 2 cannot be decoded: time-out: no result within 1 s", failure.Message);
    }

    private static List<Sample> Read(string shard) => [.. SampleReader.ReadShards([shard], new BadSamples())];

    private BadSamples Write(out FrameExtractionSummary summary, FrameExtractionOptions options)
    {
        using (var writer = new ShardWriter(folder.PathOf("clips.tar")))
        {
            for (var i = 0; i < 3; i++)
            {
                var scene = new MovingScene(default, (SceneMotion)i, default);
                writer.Write(
                    $"clip{i}",
                    ("mov", QuickTimeFile.Encode(scene.Render(1, i, 9, 32), 25)),
                    ShardFolder.Member("txt", scene.FullCaption));
            }

            writer.Write("words", ShardFolder.Member("mp4", "no video"), ShardFolder.Member("txt", "a caption"));
        }

        var bad = new BadSamples();
        summary = new FrameExtraction(options, new FFmpegVideoReader()).Run(folder.PathOf("clips.tar"), folder.PathOf("frames"), bad);
        return bad;
    }

    private sealed class FailingReader(Exception failure) : IVideoReader
    {
        public VideoInfo Probe(string path, CancellationToken cancellation) => throw failure;

        public DecodedClip Read(string path, FrameRequest request, CancellationToken cancellation) => throw failure;

        public DecodedClip Read(ReadOnlySpan<byte> file, FrameRequest request, CancellationToken cancellation) => throw failure;
    }
}

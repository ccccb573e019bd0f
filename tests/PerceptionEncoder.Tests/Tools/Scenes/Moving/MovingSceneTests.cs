using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tests.Media.Video;
using PerceptionEncoder.Tools.Scenes;
using PerceptionEncoder.Tools.Scenes.Moving;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tools.Scenes.Moving;

public class MovingSceneTests
{
    private static readonly SceneObject RedCircle = new(SceneColor.Red, SceneShape.Circle);

    [Theory]
    [InlineData(nameof(SceneMotion.Rightwards), 1, 0, 0)]
    [InlineData(nameof(SceneMotion.Leftwards), -1, 0, 0)]
    [InlineData(nameof(SceneMotion.Downwards), 0, 1, 0)]
    [InlineData(nameof(SceneMotion.Upwards), 0, -1, 0)]
    [InlineData(nameof(SceneMotion.Growing), 0, 0, 1)]
    [InlineData(nameof(SceneMotion.Shrinking), 0, 0, -1)]
    public void The_object_does_what_the_caption_says_in_every_frame(string motion, int right, int down, int larger)
    {
        var frames = Scene(Enum.Parse<SceneMotion>(motion)).Render(3, 7, 8, 64).Select(Measure).ToArray();
        foreach (var (before, after) in frames.Zip(frames.Skip(1)))
        {
            Assert.True(right == 0 ? Math.Abs(after.X - before.X) < 0.5 : right * (after.X - before.X) > 2);
            Assert.True(down == 0 ? Math.Abs(after.Y - before.Y) < 0.5 : down * (after.Y - before.Y) > 2);
            Assert.True(
                larger == 0 ? Math.Abs(after.Pixels - before.Pixels) < 0.1 * before.Pixels : larger * (after.Pixels - before.Pixels) > 0);
        }
    }

    [Theory]
    [InlineData(nameof(SceneMotion.Appearing))]
    [InlineData(nameof(SceneMotion.Disappearing))]
    public void What_appears_is_not_there_at_first(string motion)
    {
        var shown = Scene(Enum.Parse<SceneMotion>(motion)).Render(3, 7, 8, 64).Select(frame => Measure(frame).Pixels > 0).ToArray();
        Assert.NotEqual(shown[0], shown[^1]);
        Assert.Equal(motion == nameof(SceneMotion.Appearing), shown[^1]);
        Assert.Single(shown.Zip(shown.Skip(1)), pair => pair.First != pair.Second);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_video_file_gives_every_pixel_back_in_order(bool isolated)
    {
        GeneratedClip.SkipWithoutFFmpeg();
        var frames = Scene(SceneMotion.Rightwards).Render(3, 7, 16, 64);
        var clip = new FFmpegVideoReader(new VideoReaderOptions { Isolated = isolated })
            .Read(QuickTimeFile.Encode(frames, 8), FrameRequest.All, default);
        Assert.Equal(16, clip.FrameCount);
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(frames[i].Pixels, clip.Frame(i).Pixels);
            Assert.Equal(i / 8.0, clip.Seconds[i], 1e-6);
        }
    }

    [SkippableFact]
    public void Averaging_over_frames_ignores_their_order_as_the_papers_design_does()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        var transform = new ClipTransform(new ClipDecoder(new FFmpegVideoReader(), 16), 64, ImageFit.Squash);
        var clips = new[] { SceneMotion.Rightwards, SceneMotion.Leftwards, SceneMotion.Downwards }
            .Select(motion => transform.Read(QuickTimeFile.Encode(Scene(motion).Render(3, 7, 16, 64), 8))).ToArray();
        Assert.NotEqual(clips[0], clips[1]);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        manual_seed(1);
        var model = new ClipModel(new ClipOptions
        {
            Vision = new VisionOptions { ImageSize = 64, PatchSize = 16, Width = 32, Layers = 2, Heads = 2, OutputDim = 16 },
            Text = new TextOptions { ContextLength = 8, VocabularySize = 64, Width = 16, Layers = 1, Heads = 2, OutputDim = 16 },
        });
        model.eval();
        var features = model.EncodeVideo(Pixels.Normalize(transform.Stack(clips)), normalize: true);
        Assert.True((features[0] - features[1]).abs().max().item<float>() < 1e-5);
        Assert.True((features[0] - features[2]).abs().max().item<float>() > 1e-3);
    }

    [Fact]
    public void A_clip_and_its_reverse_are_on_one_side_of_the_split_and_have_one_word_order_each()
    {
        foreach (var motion in Enum.GetValues<SceneMotion>())
        {
            var scene = Scene(motion);
            Assert.Equal(scene.Split, scene.Reversed.Split);
            Assert.Equal(scene, scene.Reversed.Reversed);
            Assert.NotEqual(scene.FullCaption, scene.Reversed.FullCaption);
            Assert.Equal(
                scene.Render(1, 2, 5, 16).Reverse().Select(frame => frame.Pixels),
                scene.Reversed.Render(1, 2, 5, 16).Select(frame => frame.Pixels));
        }
    }

    [Fact]
    public void The_same_arguments_write_the_same_bytes_and_no_held_out_scene_is_trained_on()
    {
        using var folder = new ShardFolder();
        var roots = new[] { folder.PathOf("one"), folder.PathOf("two") };
        Array.ForEach(roots, root => MovingSceneDataset.Write(root, 40, 16, seed: 5, size: 16));
        var files = Directory.GetFiles(roots[0], "*", SearchOption.AllDirectories);
        Assert.Equal(8, files.Length);
        Assert.All(
            files,
            file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace(roots[0], roots[1], StringComparison.Ordinal))));
        var trained = Texts(Path.Combine(roots[0], "train/00000.tar"), "json");
        var heldOut = Texts(Path.Combine(roots[0], "retrieval/test/0.tar"), "txt");
        Assert.Equal(16, heldOut.Distinct().Count());
        Assert.DoesNotContain(heldOut, caption => trained.Any(json => json.Contains($"\"{caption}\"", StringComparison.Ordinal)));
        Assert.Contains(
            $"at most {MovingSceneDataset.LargestTestCount}",
            Assert.Throws<UserErrorException>(() => MovingSceneDataset.Write(folder.PathOf("three"), 40, 100_000, seed: 5)).Message,
            StringComparison.Ordinal);
    }

    private static MovingScene Scene(SceneMotion motion) => new(RedCircle, motion, SceneBackground.White);

    private static List<string> Texts(string shard, string extension)
        => [.. SampleReader.ReadShards([shard], new BadSamples())
            .Select(sample => System.Text.Encoding.UTF8.GetString(sample.Members[extension].Span))];

    /// <summary>Centre and number of the pixels that are red on white.</summary>
    private static (double X, double Y, double Pixels) Measure(DecodedImage frame)
    {
        var red = Enumerable.Range(0, frame.Width * frame.Height).Where(pixel => frame.Pixels[(3 * pixel) + 1] < 140).ToArray();
        return red.Length == 0
            ? (0, 0, 0)
            : (red.Average(pixel => pixel % frame.Width), red.Average(pixel => pixel / frame.Width), red.Length);
    }
}

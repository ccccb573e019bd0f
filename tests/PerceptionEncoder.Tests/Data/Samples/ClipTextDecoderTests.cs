using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media;
using PerceptionEncoder.Tests.Data.Video;

namespace PerceptionEncoder.Tests.Data.Samples;

public class ClipTextDecoderTests
{
    private const int Side = 6;
    private const int FrameLength = 3 * Side * Side;
    private static readonly SourceOptions Clips = new() { Shards = "s", Media = MediaKind.Video };
    private static readonly SourceOptions Images = new() { Shards = "s" };

    [Fact]
    public void All_frames_of_a_clip_are_augmented_alike()
    {
        var options = new AugmentationOptions { CropScale = new Interval(0.2, 0.9) };
        var still = new Dictionary<string, ReadOnlyMemory<byte>>();
        for (var i = 0; i < 4; i++)
        {
            still[FrameMembers.Extension(i, "png")] = PngEncoder.Encode(StoredClips.Picture(5));
        }

        still["txt"] = "caption"u8.ToArray();
        var different = new HashSet<string>();
        for (var seed = 0UL; seed < 20; seed++)
        {
            var pixels = Decode(new Sample("k", "s", still), Clips, options, 4, seed);
            Assert.All(pixels.Chunk(FrameLength), frame => Assert.Equal(pixels[..FrameLength], frame));
            different.Add(Convert.ToHexString(pixels));
        }

        Assert.Equal(20, different.Count);
    }

    [Fact]
    public void Frames_keep_their_order_and_are_spread_over_those_stored()
        => Assert.Equal(
            [0, 40, 80, 120],
            LastColumn(Decode(StoredClips.Sample("k", 7, ("txt", "caption")), Clips, AugmentationOptions.None, 4, 0)));

    [Fact]
    public void Too_few_stored_frames_repeat()
        => Assert.Equal(
            [0, 0, 0, 20],
            LastColumn(Decode(StoredClips.Sample("k", 2, ("txt", "caption")), Clips, AugmentationOptions.None, 4, 0)));

    [Fact]
    public void An_image_fills_the_first_frame_only()
    {
        var sample = new Sample("k", "s", new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["png"] = PngEncoder.Encode(StoredClips.Picture(3)),
            ["txt"] = "caption"u8.ToArray(),
        });
        var pixels = Decode(sample, Images, AugmentationOptions.None, 4, 0);
        Assert.Equal(60, pixels[FrameLength - 1]);
        Assert.All(pixels[FrameLength..], value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_sample_without_clip_is_bad()
    {
        var error = Assert.Throws<BadSampleException>(
            () => Decode(StoredClips.Sample("k", 0, ("txt", "caption")), Clips, AugmentationOptions.None, 4, 0));
        Assert.Equal(ClipDecoder.MissingVideo, error.Reason);
    }

    [Fact]
    public void Weighted_captions_are_drawn_in_proportion_among_those_that_are_there()
    {
        var source = Clips with { Captions = ["json.human", "json.model", "json.title", "txt"], CaptionWeights = [2, 1, 5, 0] };
        var sample = StoredClips.Sample(
            "k",
            1,
            ("json", """{"human": "by a person", "model": "by a model", "title": " "}"""),
            ("txt", "never"));
        var drawn = Enumerable.Range(0, 3000)
            .Select(seed => CaptionedImage.FindCaption(sample, source, (ulong)seed))
            .CountBy(caption => caption).ToDictionary();
        Assert.Equal(["by a model", "by a person"], drawn.Keys.Order());
        Assert.InRange(drawn["by a person"], 1900, 2100);
        Assert.Equal(CaptionedImage.FindCaption(sample, source, 5), CaptionedImage.FindCaption(sample, source, 5));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2 1 1")]
    [InlineData("0 0")]
    [InlineData("-1 2")]
    public void Weights_that_do_not_fit_the_captions_are_a_problem(string weights)
    {
        var source = Clips with { Captions = ["txt", "json.caption"], CaptionWeights = [.. weights.Split(' ').Select(double.Parse)] };
        Assert.Equal("caption_weights", Assert.Single(source.Problems()).Key);
    }

    [Fact]
    public void Clips_and_images_stand_in_one_batch()
    {
        using var folder = new ShardFolder();
        using var loader = Loader(Mixed(folder), frames: 3, only: null, DataPosition.Start);
        using var batch = loader.Next();
        Assert.Equal([8, 3, 3, Side, Side], new ClipTextBatch(batch).Frames.shape);
        Assert.Equal(
            batch.Keys.Select(key => key.StartsWith("clip", StringComparison.Ordinal) ? 3 : 1),
            new ClipTextBatch(batch).FrameCounts);
        Assert.Contains(1, new ClipTextBatch(batch).FrameCounts);
        Assert.Contains(3, new ClipTextBatch(batch).FrameCounts);
    }

    [Fact]
    public void A_stage_of_one_kind_draws_from_its_sources_alone_and_the_next_goes_on_from_there()
    {
        using var folder = new ShardFolder();
        var options = Mixed(folder);
        DataPosition next;
        using (var images = Loader(options, frames: 1, MediaKind.Image, DataPosition.Start))
        using (var batch = images.Next())
        {
            Assert.Equal([8, 1, 3, Side, Side], new ClipTextBatch(batch).Frames.shape);
            Assert.All(batch.Keys, key => Assert.StartsWith("image", key, StringComparison.Ordinal));
            next = batch.Next;
        }

        Assert.Equal(new SourcePosition(0, 0, 0, 0, 0), next.Sources[0]);
        using var clips = Loader(options, frames: 3, MediaKind.Video, next);
        using var following = clips.Next();
        Assert.All(following.Keys, key => Assert.StartsWith("clip", key, StringComparison.Ordinal));
        Assert.All(new ClipTextBatch(following).FrameCounts, count => Assert.Equal(3, count));
        Assert.Equal(next.Sources[1], following.Next.Sources[1]);
        Assert.Contains(
            "media: video",
            Assert.Throws<UserErrorException>(
                () => Loader(options with { Train = [options.Train[1]] }, 3, MediaKind.Video, DataPosition.Start)).Message,
            StringComparison.Ordinal);
    }

    private static DataLoader Loader(DataOptions options, int frames, MediaKind? only, DataPosition start)
        => new(
            options,
            8,
            ClipTextBatch.Layout(frames, Side, 3),
            Decoder(AugmentationOptions.None, 3).Decode,
            seed: 3,
            start,
            new BadSamples(),
            only is null ? null : new SourceChoice(only));

    private static DataOptions Mixed(ShardFolder folder)
    {
        using (var writer = new ShardWriter(folder.PathOf("clips.tar")))
        {
            for (var i = 0; i < 10; i++)
            {
                writer.Write(
                    $"clip{i}",
                    StoredClips.Sample("k", 4, ("txt", "a clip")).Members.Select(member => (member.Key, member.Value)));
            }
        }

        using (var writer = new ShardWriter(folder.PathOf("images.tar")))
        {
            for (var i = 0; i < 10; i++)
            {
                writer.Write($"image{i}", ("png", PngEncoder.Encode(StoredClips.Picture(i))), ShardFolder.Member("txt", "an image"));
            }
        }

        return new DataOptions
        {
            Train = [Clips with { Shards = folder.PathOf("clips.tar") }, Images with { Shards = folder.PathOf("images.tar") }],
        };
    }

    private static int[] LastColumn(byte[] pixels) => [.. pixels.Chunk(FrameLength).Select(frame => (int)frame[^1])];

    private static ClipTextDecoder Decoder(AugmentationOptions options, int frames)
        => new(StoredClips.Decoder(frames), new Augmentation(options), _ => [1, 2, 0], Side, 1_000_000);

    /// <summary>The frames as they stand in a batch.</summary>
    private static byte[] Decode(Sample sample, SourceOptions source, AugmentationOptions options, int frames, ulong seed)
    {
        var fields = new SampleFields(ClipTextBatch.Layout(frames, Side, 3));
        fields.Of<byte>(ClipTextBatch.FrameField).Fill(7);
        Decoder(options, frames).Decode(sample, source, seed, fields);
        Assert.Equal([1, 2, 0], fields.Of<long>(ImageTextBatch.TokenField).ToArray());
        Assert.Equal(2, fields.LengthOf(ImageTextBatch.TokenField));
        var pixels = new byte[frames * FrameLength];
        fields.CopyTo(0, pixels);
        return pixels;
    }
}

using CsCheck;
using PerceptionEncoder.Evaluation.Dense.Tracking;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Tracking;

public sealed class TrackingFolderTests : IDisposable
{
    private const int Width = 6;
    private const int Height = 4;

    private readonly string folder = Directory.CreateTempSubdirectory("pe-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("bear", "bear")]
    [InlineData("  bear \r", "bear")]
    [InlineData("/JPEGImages/480p/bear/00000.jpg /Annotations/480p/bear/00000.png", "bear")]
    [InlineData("", "")]
    public void Lists_of_both_years_are_read(string line, string name) => Assert.Equal(name, TrackingFolder.Name(line));

    [Fact]
    public void No_line_of_a_list_is_a_fault() => Gen.String.Sample(line => TrackingFolder.Name(line) is not null);

    [Fact]
    public void Indices_come_back_whatever_the_palette() => Gen.Byte.Array[Width * Height].Sample(indices =>
    {
        foreach (var palette in new[] { IndexedPng.Palette, IndexedPng.Palette[..3], [.. Enumerable.Repeat((byte)7, 768)] })
        {
            var image = NumberImage.Decode(IndexedPng.Encode(indices, Width, Height, palette), 1000);
            Assert.Equal((Width, Height, false), (image.Width, image.Height, image.Wide));
            Assert.Equal(indices.Select(index => (ushort)index), image.Values);
        }
    });

    [Fact]
    public void The_year_is_told_by_the_first_mask()
    {
        Clip("one", 4, frame => 255);
        Clip("two", 4, frame => 2);
        var clips = TrackingFolder.Open(Options);
        Assert.Equal(["one", "two"], clips.Select(clip => clip.Name));
        Assert.Equal([(1, true), (2, false)], clips.Select(clip => (clip.Objects, clip.Single)));
        Assert.Equal([1, 2], clips[0].Scored);
        Assert.Equal(1, clips[0].Truth(1)[0]);
        var merged = TrackingFolder.Open(Options with { Year = "2016" });
        Assert.Equal([(1, true), (1, true)], merged.Select(clip => (clip.Objects, clip.Single)));
    }

    [Fact]
    public void Only_frames_with_a_mask_are_scored()
    {
        Clip("few", 9, frame => frame is 0 or 3 or 5 or 8 ? 1 : null);
        Assert.Equal([3, 5], Assert.Single(TrackingFolder.Open(Options)).Scored);
    }

    [Fact]
    public void A_mask_without_a_frame_no_first_mask_and_no_object_are_said()
    {
        Clip("clip", 4, frame => frame == 0 ? null : 1);
        Assert.Contains("00000.png", Fault(), StringComparison.Ordinal);
        Clip("clip", 4, frame => 0);
        Assert.Contains("marks no object", Fault(), StringComparison.Ordinal);
        Clip("clip", 4, frame => 1);
        File.Delete(Path.Combine(folder, "JPEGImages", "480p", "clip", "00002.png"));
        Assert.Contains("no frame 00002", Fault(), StringComparison.Ordinal);
        Clip("clip", 4, frame => 1);
        var masks = Path.Combine(folder, "Annotations", "480p", "clip");
        Directory.CreateDirectory(Path.Combine(masks, "old"));
        File.Copy(Path.Combine(masks, "00001.png"), Path.Combine(masks, "old", "00001.png"));
        Assert.Contains("Leave one mask for frame 00001", Fault(), StringComparison.Ordinal);
        Clip("clip", 2, frame => 1);
        Assert.Contains("nothing to score", Fault(), StringComparison.Ordinal);
    }

    private TrackingSetOptions Options => new() { Name = "set", Data = folder };

    private string Fault() => Assert.Throws<UserErrorException>(() => TrackingFolder.Open(Options)).Message;

    private void Clip(string name, int frames, Func<int, byte?> label)
    {
        var (pictures, masks) = (Path.Combine(folder, "JPEGImages", "480p", name), Path.Combine(folder, "Annotations", "480p", name));
        foreach (var each in new[] { pictures, masks })
        {
            if (Directory.Exists(each))
            {
                Directory.Delete(each, recursive: true);
            }

            Directory.CreateDirectory(each);
        }

        for (var frame = 0; frame < frames; frame++)
        {
            var picture = new DecodedImage(Width, Height, 3, new byte[3 * Width * Height], Indexed: false);
            File.WriteAllBytes(Path.Combine(pictures, $"{frame:00000}.png"), PngEncoder.Encode(picture));
            if (label(frame) is { } value)
            {
                byte[] mask = [value, .. new byte[(Width * Height) - 1]];
                File.WriteAllBytes(Path.Combine(masks, $"{frame:00000}.png"), IndexedPng.Encode(mask, Width, Height, IndexedPng.Palette));
            }
        }
    }
}

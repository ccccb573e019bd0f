using System.Text;
using CsCheck;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Data.Samples;

/// <summary>Maps whose channels are a ramp to the right and one downwards: what is seen of them says where the view is.</summary>
public sealed class DenseDecoderTests
{
    private const int Side = 32, Grid = 4, Width = 96, Height = 64;

    private static readonly SourceOptions Source = new() { Shards = "" };

    [Fact]
    public void The_whole_image_has_the_map_as_it_is_stored()
    {
        using var scope = NewDisposeScope();
        var map = randn(3, Grid, Grid).to(float16);
        Assert.Equal(map.to(float32).data<float>().ToArray(), Decode(Sampled(map), AugmentationOptions.None, 5, channels: 3));
    }

    [Fact]
    public void A_crop_of_the_map_is_what_the_crop_of_the_image_shows()
        => Gen.ULong.Sample(seed =>
        {
            using var scope = NewDisposeScope();
            var options = AugmentationOptions.None with { CropScale = new Interval(0.3, 1), Flip = 0.5 };
            var sample = Sampled(Ramps(24, 36));
            var places = Decode(sample, options, seed, channels: 2);
            var planes = new byte[3 * Side * Side];
            var view = new Augmentation(options).Apply(
                sample.Members["png"].Span, ImageDecoders.Default, long.MaxValue, reduce: false, Side, Side, seed, planes);
            for (var (y, i) = (0, 0); y < Grid; y++)
            {
                for (var x = 0; x < Grid; x++, i++)
                {
                    var across = (x + 0.5) / Grid;
                    var (right, down) = (
                        (view.Box.Left + ((view.IsFlipped ? 1 - across : across) * view.Box.Width)) / Width,
                        (view.Box.Top + ((y + 0.5) / Grid * view.Box.Height)) / Height);
                    Assert.Equal(Math.Clamp(right, 0.5 / 36, 1 - (0.5 / 36)), places[i], 1e-3);
                    Assert.Equal(Math.Clamp(down, 0.5 / 24, 1 - (0.5 / 24)), places[(Grid * Grid) + i], 1e-3);
                }
            }

            // The picture is the same ramps: what is seen of it and what is seen of the map are at the same place.
            for (var cell = 0; cell < Grid; cell++)
            {
                var middle = (cell * Side / Grid) + (Side / Grid / 2);
                var red = (planes[(Side / 2 * Side) + middle] + planes[(Side / 2 * Side) + middle - 1]) / 2.0 / 255;
                Assert.Equal(red, places[(2 * Grid) + cell], 0.02);
            }
        }, iter: 60);

    [Fact]
    public void Maps_of_other_sizes_are_seen_as_torch_resizes_them()
    {
        using var scope = NewDisposeScope();
        var map = randn(2, 2, 3).to(float16).to(float32);
        var expected = nn.functional.interpolate(map.unsqueeze(0), [Grid, Grid], mode: InterpolationMode.Bilinear, align_corners: false);
        var seen = Decode(Sampled(map), AugmentationOptions.None, 1, channels: 2);
        Assert.True((tensor(seen) - expected.flatten()).abs().max().item<float>() < 1e-6);
    }

    [Fact]
    public void Without_maps_neither_they_nor_captions_are_looked_at()
    {
        var fields = new SampleFields(DenseBatch.Layout(Side));
        new DenseDecoder(ImageDecoders.Default, new Augmentation(AugmentationOptions.None), Side, long.MaxValue)
            .Decode(new Sample("a", "a.tar", new Dictionary<string, ReadOnlyMemory<byte>> { ["png"] = Picture() }), Source, 1, fields);
        Assert.Contains(fields.Of<byte>(DenseBatch.ImageField).ToArray(), value => value > 0);
    }

    [Fact]
    public void What_is_no_map_of_this_image_is_a_bad_sample()
    {
        using var scope = NewDisposeScope();
        var sound = Sampled(randn(3, Grid, Grid));
        AssertBad("teacher map with other channels", "it has 3, and maps.channels is 4", sound, channels: 4);
        AssertBad("missing teacher map", "no map.npy among png, map.json", Without(sound, TeacherMap.ArrayMember));
        AssertBad("teacher map of another image", "hash", With(sound, TeacherMap.NoteMember, TeacherMap.NoteOf("other"u8)));
        AssertBad("damaged teacher map", "map.json", With(sound, TeacherMap.NoteMember, Encoding.UTF8.GetBytes("{")));
        AssertBad("damaged teacher map", "NumPy", With(sound, TeacherMap.ArrayMember, "no array, but text of some length"u8.ToArray()));
        var cut = sound.Members[TeacherMap.ArrayMember].ToArray()[..^1];
        AssertBad("damaged teacher map", "bytes", With(sound, TeacherMap.ArrayMember, cut));
        AssertBad("damaged teacher map", "[channels, height, width]", Sampled(randn(3, 16)));
        AssertBad("damaged teacher map", "not finite", Sampled(full([3, 2, 2], float.NaN)));
        Decode(Without(sound, TeacherMap.NoteMember), AugmentationOptions.None, 1, channels: 3);          // of another program
    }

    private static void AssertBad(string reason, string detail, Sample sample, int channels = 3)
    {
        var bad = Assert.Throws<BadSampleException>(() => Decode(sample, AugmentationOptions.None, 1, channels));
        Assert.Equal(reason, bad.Reason);
        Assert.Contains(detail, bad.Message, StringComparison.Ordinal);
    }

    private static float[] Decode(Sample sample, AugmentationOptions augmentation, ulong seed, int channels)
    {
        var fields = new SampleFields(DenseBatch.Layout(Side, channels, Grid));
        new DenseDecoder(ImageDecoders.Default, new Augmentation(augmentation), Side, long.MaxValue, channels: channels, grid: Grid)
            .Decode(sample, Source, seed, fields);
        return fields.Of<float>(DenseBatch.MapField).ToArray();
    }

    /// <summary>float32 [2, height, width]: how far to the right and how far down each place is.</summary>
    private static Tensor Ramps(int height, int width) => stack([
        ((arange(width) + 0.5) / width).view(1, -1).expand(height, width),
        ((arange(height) + 0.5) / height).view(-1, 1).expand(height, width)]);

    private static byte[] Picture()
    {
        using var scope = NewDisposeScope();
        var ramps = Ramps(Height, Width).mul(255).round().to(uint8);
        var pixels = cat([ramps, zeros_like(ramps.narrow(0, 0, 1))]).permute(1, 2, 0).contiguous().data<byte>().ToArray();
        return PngEncoder.Encode(new DecodedImage(Width, Height, 3, pixels, Indexed: false));
    }

    private static Sample Sampled(Tensor map)
    {
        var picture = Picture();
        return new Sample("a", "a.tar", new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["png"] = picture,
            [TeacherMap.ArrayMember] = TeacherMap.Write(map.to(float16).contiguous()),
            [TeacherMap.NoteMember] = TeacherMap.NoteOf(picture),
        });
    }

    private static Sample With(Sample sample, string member, byte[] data)
        => sample with { Members = new Dictionary<string, ReadOnlyMemory<byte>>(sample.Members) { [member] = data } };

    private static Sample Without(Sample sample, string member)
        => sample with { Members = sample.Members.Where(entry => entry.Key != member).ToDictionary() };
}

using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>
/// torchvision's transforms on PIL images, as the published evaluation runs them: equal to the bit for every recorded file and mode.
/// </summary>
public class PreprocessGoldenTests
{
    private static readonly IImageDecoder Decoder = ImageDecoders.Default;

    public static TheoryData<string> Cases() => GoldenFolder.Cases("preprocess*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Every_recorded_transform_is_reproduced_exactly(string name)
    {
        using var golden = GoldenFolder.Open(name);
        var outputs = golden.Entries.Keys.Where(key => key.StartsWith("out/", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(outputs);
        Assert.All(outputs, key =>
        {
            var expected = Expected(golden, key);
            var shape = golden.Entries[key].Shape;
            var fit = key.Contains("center_crop", StringComparison.Ordinal) ? ImageFit.CenterCrop : ImageFit.Squash;
            var transform = new ImageTransform((int)shape[1], (int)shape[2], fit);
            Assert.Equal(expected, transform.Apply(Decode(key)));
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Every_recorded_jpeg_decodes_to_the_same_pixels(string name)
    {
        using var golden = GoldenFolder.Open(name);
        var decoded = golden.Entries.Keys.Where(key => key.StartsWith("decoded/", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(decoded);
        Assert.All(decoded, key =>
        {
            var image = Decode(key);
            var expected = golden.Read(key).data<byte>().ToArray();
            Assert.Equal(expected, image.Channels == 1 ? image.Pixels.SelectMany(grey => new[] { grey, grey, grey }) : image.Pixels);
        });
    }

    private static DecodedImage Decode(string key)
        => Decoder.Decode(File.ReadAllBytes(Path.Combine(GoldenFolder.Path, "images", key.Split('/')[1])), 10_000_000);

    /// <summary>8-bit values; the float outputs are (value / 255 - 0.5) / 0.5.</summary>
    private static byte[] Expected(SafetensorsFile golden, string key)
    {
        using var tensor = golden.Read(key);
        return key.EndsWith("_u8", StringComparison.Ordinal)
            ? tensor.data<byte>().ToArray()
            : Array.ConvertAll(tensor.data<float>().ToArray(), value => (byte)MathF.Round(((value * 0.5f) + 0.5f) * 255));
    }
}

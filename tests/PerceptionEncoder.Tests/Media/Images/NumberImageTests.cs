using CsCheck;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

public class NumberImageTests
{
    private const long Limit = 1 << 20;

    [Fact]
    public void Indices_are_read_whatever_the_palette()
        => Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9])
            .SelectMany(size => Gen.Byte.Array[size.Item1 * size.Item2].Select(bytes => (size, bytes)))
            .Sample(drawn =>
            {
                var read = NumberImage.Decode(NumberPng.Indexed(drawn.size.Item1, drawn.size.Item2, drawn.bytes), Limit);
                Assert.Equal((drawn.size.Item1, drawn.size.Item2, false), (read.Width, read.Height, read.Wide));
                Assert.Equal(drawn.bytes.Select(value => (ushort)value), read.Values);
            });

    [Fact]
    public void Sixteen_bits_are_kept()
        => Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9])
            .SelectMany(size => Gen.UShort.Array[size.Item1 * size.Item2].Select(words => (size, words)))
            .Sample(drawn =>
            {
                var read = NumberImage.Decode(NumberPng.Words(drawn.size.Item1, drawn.size.Item2, drawn.words), Limit);
                Assert.True(read.Wide);
                Assert.Equal(drawn.words, read.Values);
            });

    [Fact]
    public void Grey_of_eight_bits_is_read()
        => Assert.Equal([3, 255], NumberImage.Decode(NumberPng.Bytes(2, 1, 3, 255), Limit).Values.Select(value => (int)value));

    [Fact]
    public void Colours_and_other_files_are_refused()
    {
        var colours = PngEncoder.Encode(new DecodedImage(1, 1, 3, [1, 2, 3], Indexed: false));
        var refused = Assert.Throws<ImageException>(() => NumberImage.Decode(colours, Limit));
        Assert.Contains("3 channels", refused.Message, StringComparison.Ordinal);
        Assert.Throws<ImageException>(() => NumberImage.Decode("GIF89a"u8, Limit));
        Assert.Throws<ImageException>(() => NumberImage.Decode(NumberPng.Bytes(2, 1, 3, 255).AsSpan(0, 45), Limit));
        Assert.Throws<ImageException>(() => NumberImage.Decode(NumberPng.Bytes(2, 1, 3, 255), 1));
    }
}

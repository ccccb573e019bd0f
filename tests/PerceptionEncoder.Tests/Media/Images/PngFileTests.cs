using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

/// <summary>Animations and broken ends, each as PIL 9.4 reads it.</summary>
public class PngFileTests
{
    private const long Limit = 1_000_000;
    private static readonly byte[] Rows = [1, 2, 3, 4, 5, 6];
    private static readonly byte[] Other = [200, 200, 200, 100, 100, 100];
    private static readonly byte[] Still = PngBytes.Write(2, 1, 8, PngBytes.Rgb, Rows);
    private static readonly IImageDecoder Decoder = ImageDecoders.Default;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_animation_shows_its_default_picture_whether_or_not_that_is_its_first_frame(bool first)
    {
        byte[] animation =
        [
            .. Still[..33], .. PngBytes.Chunk("acTL", [.. PngBytes.Number(first ? 2u : 1), .. PngBytes.Number(0)]), .. first
                ? Frame(0)
                : [],
            .. Still[33..^12], .. Frame(first ? 1u : 0), .. PngBytes
                .Chunk("fdAT", [.. PngBytes.Number(first ? 2u : 1), .. PngBytes.Pack(Other, 1)]), .. Still[^12..],
        ];

        Assert.Equal(Rows, Decoder.Decode(animation, Limit).Pixels);
    }

    [Fact]
    public void An_animation_of_no_frames_is_a_picture()
    {
        byte[] animation = [.. Still[..33], .. PngBytes.Chunk("acTL", new byte[8]), .. Still[33..]];

        Assert.Equal(Rows, Decoder.Decode(animation, Limit).Pixels);
    }

    [Fact]
    public void What_stands_behind_the_rows_may_be_cut_off()
    {
        for (var cut = 1; cut <= 20; cut++)
        {
            Assert.Equal(Rows, Decoder.Decode(Still.AsSpan(0, Still.Length - cut), Limit).Pixels);
        }

        Assert.Equal(
            "truncated image",
            Assert.Throws<ImageException>(() => Decoder.Decode(Still.AsSpan(0, Still.Length - 26), Limit)).Reason);
    }

    [Fact]
    public void What_stands_behind_the_rows_may_be_zeros_or_anything()
    {
        Assert.Equal(Rows, Decoder.Decode([.. Still[..^12], .. new byte[12]], Limit).Pixels);
        Assert.Equal(Rows, Decoder.Decode([.. Still[..^12], .. new byte[500]], Limit).Pixels);
        Assert.Equal(Rows, Decoder.Decode([.. Still[..^12], .. "junk, and then more of it"u8], Limit).Pixels);
    }

    [Fact]
    public void Palette_and_alpha_are_kept_where_the_end_is_missing()
    {
        var palette = PngBytes.Write(2, 1, 8, PngBytes.Palette, [1, 0], ("PLTE", [10, 20, 30, 40, 50, 60]), ("tRNS", [255, 0]));
        var alpha = PngBytes.Write(1, 1, 16, PngBytes.Rgba, [1, 99, 2, 255, 3, 0, 4, 128]);

        Assert.Equal(new byte[] { 40, 50, 60, 10, 20, 30 }, Decoder.Decode(palette.AsSpan(0, palette.Length - 12), Limit).Pixels);
        Assert.Equal(new byte[] { 1, 2, 3, 4 }, Decoder.Decode(alpha.AsSpan(0, alpha.Length - 12), Limit).Pixels);
    }

    [Fact]
    public void An_interlaced_picture_is_all_there_when_its_seven_passes_are()
    {
        // 3 x 3 of 1 to 9, in the order of the passes: 1; (none); (none); 3; 7 9; 2, 8; 4 5 6.
        var file = PngBytes.WriteInterlaced(3, 3, 8, PngBytes.Grey, [0, 1, 0, 3, 0, 7, 9, 0, 2, 0, 8, 0, 4, 5, 6]);
        var short_ = PngBytes.WriteInterlaced(3, 3, 8, PngBytes.Grey, [0, 1, 0, 3, 0, 7, 9, 0, 2, 0, 8, 0, 4, 5]);

        Assert.Equal(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, Decoder.Decode(file.AsSpan(0, file.Length - 12), Limit).Pixels);
        Assert.Equal(
            "truncated image",
            Assert.Throws<ImageException>(() => Decoder.Decode(short_.AsSpan(0, short_.Length - 12), Limit)).Reason);
    }

    [Fact]
    public void Rows_that_the_packed_data_cannot_hold_take_no_memory()
    {
        var lie = PngBytes.Write(30_000, 30_000, 16, PngBytes.Rgba, []);
        var before = GC.GetTotalAllocatedBytes();

        Assert.Equal("truncated image", Assert.Throws<ImageException>(() => PngFile.DefaultPicture(lie.AsSpan(0, lie.Length - 12))).Reason);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1 << 24);
    }

    private static byte[] Frame(uint number)
        => PngBytes.Chunk("fcTL",
        [
            .. PngBytes.Number(number), .. PngBytes.Number(2), .. PngBytes.Number(1), .. PngBytes.Number(0), .. PngBytes.Number(0), 0, 1, 0,
            10, 0, 0,
        ]);
}

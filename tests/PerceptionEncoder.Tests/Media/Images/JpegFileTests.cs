using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

public class JpegFileTests
{
    private const long Limit = 1_000_000_000;
    private static readonly IImageDecoder Decoder = ImageDecoders.Default;

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(100_000)]
    public void Zeros_in_the_place_of_the_end_marker_are_an_end(int zeros)
    {
        byte[] file = [.. NoisePicture.Jpeg];

        Assert.Equal(Decoder.Decode(file, Limit).Pixels, Decoder.Decode([.. file[..^2], .. new byte[zeros]], Limit).Pixels);
    }

    [Fact]
    public void A_progressive_file_without_its_end_marker_is_cut_as_it_is_in_PIL()
        => Assert.Equal(
            "truncated image",
            Fault([.. NoisePicture.ProgressiveJpeg[..^2], .. new byte[16]]).Reason);

    [Fact]
    public void Zeros_before_the_first_row_are_no_picture()
        => Assert.Equal("truncated image", Fault([.. NoisePicture.Jpeg[..100], .. new byte[100]]).Reason);

    [Fact]
    public void More_passes_over_a_large_picture_than_anybody_writes_are_refused_before_they_are_made()
    {
        byte[] file = [.. NoisePicture.ProgressiveJpeg];
        Decoder.Decode(file, Limit);
        var frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC2]);
        file[frame + 5] = file[frame + 7] = 40; // 10,257 rows and 10,273 columns
        var lastPass = file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        byte[] attack = [.. file[..lastPass], .. Enumerable.Repeat(file[lastPass..^2], 30).SelectMany(pass => pass), .. file[^2..]];

        Assert.Equal("too many passes", Fault(attack).Reason);
    }

    [Fact]
    public void A_damaged_scan_is_decoded_on_as_in_PIL_and_a_damaged_header_spoils_no_other_file()
    {
        byte[] file = [.. NoisePicture.Jpeg];
        var expected = Decoder.Decode(file, Limit).Pixels;
        byte[] scan = [.. file];
        scan.AsSpan(^40..^20).Clear();
        byte[] header = [.. file];
        header[file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC4]) + 4] = 0x77; // a Huffman table of no known class

        Assert.Equal(expected.Length, Decoder.Decode(scan, Limit).Pixels.Length);
        Assert.Equal("damaged image", Fault(header).Reason);
        Assert.Equal(expected, Decoder.Decode(file, Limit).Pixels);
    }

    [Fact]
    public void A_fatal_error_after_a_warning_is_no_picture_as_in_PIL()
    {
        byte[] file = [.. NoisePicture.ProgressiveJpeg];
        var lastPass = file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        byte[] stray = [.. file[..lastPass], 0x12, 0x34, .. file[lastPass..]];                          // a warning
        byte[] table = [.. file[..lastPass], 0x12, 0x34, 0xFF, 0xC4, 0, 19, 7, .. new byte[16], .. file[lastPass..]]; // there is no seventh

        Assert.Equal(Decoder.Decode(file, Limit).Pixels, Decoder.Decode(stray, Limit).Pixels);
        Assert.Equal("damaged image", Fault(table).Reason);
    }

    [Fact]
    public void Twelve_bits_a_sample_are_unsupported_as_in_PIL()
    {
        byte[] file = [.. NoisePicture.Jpeg];
        file[file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 4] = 12;

        Assert.Equal("unsupported image", Fault(file).Reason);
    }

    private static ImageException Fault(byte[] file) => Assert.Throws<ImageException>(() => Decoder.Decode(file, Limit));
}

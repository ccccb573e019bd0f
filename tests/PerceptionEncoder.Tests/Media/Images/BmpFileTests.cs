using System.Buffers.Binary;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

/// <summary>Expected pixels are those of PIL 9.4.</summary>
public class BmpFileTests
{
    private static readonly ushort[] Values = [0x7FFF, 0x1234, 0x0421, 0x5A5A, 0x1084, 0x2108];

    [Fact]
    public void Colours_of_five_bits_spread_as_in_PIL()
        => Assert.Equal(
            new byte[] { 255, 255, 255, 32, 139, 164, 8, 8, 8, 180, 148, 213, 32, 32, 32, 65, 65, 65 },
            ImageDecoders.Default.Decode(SixteenBits([]), 100).Pixels);

    [Fact]
    public void Green_of_six_bits_spreads_as_in_PIL()
        => Assert.Equal(
            new byte[] { 123, 255, 255, 16, 68, 164, 0, 133, 8, 90, 72, 213, 16, 16, 32, 32, 32, 65 },
            ImageDecoders.Default.Decode(SixteenBits([0xF800, 0x07E0, 0x001F]), 100).Pixels);

    private static byte[] SixteenBits(int[] masks)
    {
        var file = new byte[54 + (4 * masks.Length) + 12];
        "BM"u8.CopyTo(file);
        var pixels = 54 + (4 * masks.Length);
        (int At, int Value)[] fields =
            [(2, file.Length), (10, pixels), (14, 40), (18, Values.Length), (22, 1), (26, 1 | (16 << 16)), (30, masks.Length), (34, 12)];
        foreach (var (at, value) in fields)
        {
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
        }

        foreach (var (i, mask) in masks.Index())
        {
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(54 + (4 * i)), mask);
        }

        foreach (var (i, value) in Values.Index())
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(pixels + (2 * i)), value);
        }

        return file;
    }
}

using System.Numerics;

namespace PerceptionEncoder.Training;

/// <summary>The checksum of TFRecord frames: CRC-32C, rotated and shifted so that a checksum of checksums stays useful.</summary>
internal static class Crc32C
{
    private const uint MaskDelta = 0xa282ead8;

    public static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return BitOperations.RotateRight(~crc, 15) + MaskDelta;
    }
}

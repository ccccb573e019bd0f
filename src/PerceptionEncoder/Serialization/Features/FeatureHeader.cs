using System.Buffers.Binary;
using System.Text;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>
/// Heads of the formats whose rows are plain bytes. A head is as long as that of the longest possible table, filled up with spaces as both
/// formats allow, so that rows can be written before their number is known.
/// </summary>
internal static class FeatureHeader
{
    /// <summary>Name of the table in a safetensors file.</summary>
    public const string TableName = "features";

    /// <summary>What NumPy asks for, and enough for safetensors.</summary>
    private const int Alignment = 64;

    private const int SafetensorsPrefix = 8;

    private static readonly byte[] NpyMagic = [0x93, .. "NUMPY"u8, 1, 0];

    /// <summary>The head of a finished file; its length does not depend on <paramref name="rows"/>. Empty for Parquet.</summary>
    /// <param name="format">Of the file.</param>
    /// <param name="row">Shape and type of a row.</param>
    /// <param name="rows">How many there are.</param>
    /// <param name="metadata">Text by name, of safetensors.</param>
    public static byte[] Bytes(FeatureFormat format, FeatureRow row, long rows, IReadOnlyDictionary<string, string> metadata)
    {
        var most = long.MaxValue / row.Bytes;
        switch (format)
        {
            case FeatureFormat.Npy:
                var before = NpyMagic.Length + sizeof(ushort);
                var array = Npy(row, rows, Aligned(before + Npy(row, most, 0).Length) - before);
                var length = new byte[sizeof(ushort)];
                BinaryPrimitives.WriteUInt16LittleEndian(length, checked((ushort)array.Length));
                return [.. NpyMagic, .. length, .. array];
            case FeatureFormat.Safetensors:
                var header = new byte[Aligned(SafetensorsPrefix + Safetensors(row, most, metadata).Length)];
                header.AsSpan().Fill((byte)' ');
                BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - SafetensorsPrefix);
                Safetensors(row, rows, metadata).CopyTo(header, SafetensorsPrefix);
                return header;
            default:
                return [];
        }
    }

    private static byte[] Npy(FeatureRow row, long rows, int length)
    {
        var type = row.Type == ScalarType.Float16 ? "<f2" : "<f4";
        var text = $"{{'descr': '{type}', 'fortran_order': False, "
            + $"'shape': ({rows},{string.Concat(row.Shape.Select(side => $" {side},"))}), }}";
        return Encoding.ASCII.GetBytes(text.PadRight(Math.Max(0, length - 1)) + "\n");
    }

    private static byte[] Safetensors(FeatureRow row, long rows, IReadOnlyDictionary<string, string> metadata)
        => SafetensorsWriter.Header([row.Table(TableName, rows)], metadata);

    private static int Aligned(int length) => (length + Alignment - 1) / Alignment * Alignment;
}

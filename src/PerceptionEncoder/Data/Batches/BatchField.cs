using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Batches;

/// <summary>One named tensor of a batch.</summary>
/// <param name="Name">What decoders write it and objectives read it by.</param>
/// <param name="Type">Of its elements.</param>
/// <param name="Shape">
/// Of one sample; a batch has it behind its own dimension. A sample may fill less of the first, see <see cref="SampleFields.SetLength"/>.
/// </param>
public sealed record BatchField(string Name, ScalarType Type, params IReadOnlyList<long> Shape)
{
    /// <summary>What stands where a sample fills less than all.</summary>
    public double Padding { get; init; }

    /// <summary>Entries along the first dimension; 1 of a number a sample.</summary>
    internal int Length => Shape.Count == 0 ? 1 : checked((int)Shape[0]);

    /// <summary>Bytes of one entry along the first dimension.</summary>
    internal int EntryBytes => checked((int)(Element.Length * Shape.Skip(1).Aggregate(1L, (product, side) => product * side)));

    /// <summary>Bytes of one sample.</summary>
    internal int Bytes => checked(Length * EntryBytes);

    /// <summary>The padding as it is stored.</summary>
    internal byte[] Element => Type switch
    {
        ScalarType.Byte => [(byte)Padding],
        ScalarType.Bool => [Padding == 0 ? (byte)0 : (byte)1],
        ScalarType.Int32 => BitConverter.GetBytes((int)Padding),
        ScalarType.Int64 => BitConverter.GetBytes((long)Padding),
        ScalarType.Float32 => BitConverter.GetBytes((float)Padding),
        _ => throw new NotSupportedException($"field {Name}: no batches of {Type}; uint8, bool, int32, int64 and float32 are."),
    };
}

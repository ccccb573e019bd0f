using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>The element types of the safetensors format that libtorch has too.</summary>
internal static class SafetensorsDTypes
{
    private static readonly (string Name, ScalarType Type, int Size)[] Table =
    [
        ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    public static bool TryParse(string name, out ScalarType type, out int size)
    {
        var row = Array.Find(Table, entry => entry.Name == name);
        (type, size) = (row.Type, row.Size);
        return row.Name is not null;
    }

    public static (string Name, int Size) Of(ScalarType type)
    {
        var row = Array.Find(Table, entry => entry.Type == type);
        return row.Name is null
            ? throw new ArgumentException($"safetensors has no element type for {type}.", nameof(type))
            : (row.Name, row.Size);
    }
}

using TorchSharp;

namespace PerceptionEncoder.Cli;

/// <summary>Element types that weights and features are written in.</summary>
internal enum ElementType
{
    /// <summary>float32.</summary>
    Fp32,

    /// <summary>float16.</summary>
    Fp16,

    /// <summary>bfloat16.</summary>
    Bf16,
}

/// <summary>What torch calls an element type.</summary>
internal static class ElementTypes
{
    public static torch.ScalarType ToScalarType(this ElementType type) => type switch
    {
        ElementType.Fp16 => torch.ScalarType.Float16,
        ElementType.Bf16 => torch.ScalarType.BFloat16,
        _ => torch.ScalarType.Float32,
    };
}

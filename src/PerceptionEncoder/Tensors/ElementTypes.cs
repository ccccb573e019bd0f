using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>What torch calls the element types.</summary>
internal static class ElementTypes
{
    /// <summary>torch's name.</summary>
    public static ScalarType ToScalarType(this ElementType type) => type switch
    {
        ElementType.Fp16 => float16,
        ElementType.Bf16 => bfloat16,
        _ => float32,
    };
}

namespace PerceptionEncoder.Tensors;

/// <summary>Element types that weights and features are written in.</summary>
public enum ElementType
{
    /// <summary>float32.</summary>
    Fp32,

    /// <summary>float16.</summary>
    Fp16,

    /// <summary>bfloat16.</summary>
    Bf16,
}

namespace PerceptionEncoder.Training;

/// <summary>Arithmetic of matrix products in a training step.</summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    Fp32,

    /// <summary>bfloat16 products by autocast; float32 parameters, optimiser state, normalisation and loss.</summary>
    Bf16,
}

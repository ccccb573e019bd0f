namespace PerceptionEncoder.Tensors;

/// <summary>The library that multiplies float32 matrices on a CPU.</summary>
public enum CpuMatmul
{
    /// <summary>Intel MKL, libtorch's own choice. Runs at half speed on AMD.</summary>
    Mkl,

    /// <summary>oneDNN. An error on CPUs where it rounds float32 products to bfloat16, as those with AMX do.</summary>
    OneDnn,

    /// <summary>MKL, but oneDNN where an encoder multiplies with weights that it has packed beforehand. Exact on every CPU.</summary>
    Mixed,

    /// <summary>oneDNN on x86 CPUs that are not Intel's, if its products prove to be float32's there; else mixed. The same on every start.</summary>
    Auto,
}

namespace PerceptionEncoder.Tensors;

/// <summary>The library that multiplies float32 matrices on a CPU.</summary>
public enum CpuMatmul
{
    /// <summary>Intel MKL, libtorch's own choice. Runs at half speed on AMD.</summary>
    Mkl,

    /// <summary>oneDNN. An error on CPUs where it rounds float32 products to bfloat16, as those with AMX do.</summary>
    OneDnn,

    /// <summary>
    /// oneDNN on x86 CPUs that are not Intel's, if its products prove to be float32's there; else MKL. The same on every start.
    /// </summary>
    Auto,
}

namespace PerceptionEncoder.Tensors;

/// <summary>The library that multiplies float32 matrices on a CPU.</summary>
public enum CpuMatmul
{
    /// <summary>Intel MKL, libtorch's own choice. Runs at half speed on AMD.</summary>
    Mkl,

    /// <summary>
    /// oneDNN. Formally a permission to compute float32 products in bfloat16, which CPUs with AMX make use of; others stay within float32 rounding.
    /// </summary>
    OneDnn,

    /// <summary>The faster of the two, measured once on this machine.</summary>
    Auto,
}

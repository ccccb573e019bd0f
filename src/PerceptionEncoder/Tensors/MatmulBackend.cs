using System.Diagnostics;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>Chooses the library behind float32 matrix products on the CPU, for the whole process.</summary>
public static unsafe class MatmulBackend
{
    // at::Context::setFloat32Precision(backend, operation, precision) of libtorch 2.10, by enum value.
    private const int MklDnn = 2;
    private const int Matmul = 3;
    private const int Ieee = 1;
    private const int BFloat16 = 3;

    /// <summary>What is in use: <see cref="CpuMatmul.Mkl"/> until <see cref="Use"/> says otherwise; never <see cref="CpuMatmul.Auto"/>.</summary>
    public static CpuMatmul Current { get; private set; } = CpuMatmul.Mkl;

    /// <summary>Whether this build of libtorch lets oneDNN be chosen.</summary>
    public static bool OneDnnAvailable => Setter != null && Context != null;

    private static delegate* unmanaged<nint> Context => (delegate* unmanaged<nint>)LibTorch.Find("_ZN2at13globalContextEv");

    private static delegate* unmanaged<nint, int, int, int, void> Setter
        => (delegate* unmanaged<nint, int, int, int, void>)LibTorch.Find("_ZN2at7Context19setFloat32PrecisionENS_14Float32BackendENS_9Float32OpENS_16Float32PrecisionE");

    /// <summary>Switches; <see cref="CpuMatmul.Auto"/> measures both at shapes of a vision transformer, in some tens of milliseconds.</summary>
    /// <returns>What is in use now.</returns>
    /// <exception cref="UserErrorException">oneDNN is asked for and this libtorch does not offer the choice.</exception>
    public static CpuMatmul Use(CpuMatmul choice)
    {
        if (choice == CpuMatmul.OneDnn && !OneDnnAvailable)
        {
            throw new UserErrorException("cpu_matmul: this build of libtorch does not offer onednn. Use mkl or auto.");
        }

        Set(choice == CpuMatmul.Auto ? Faster() : choice);
        return Current;
    }

    private static void Set(CpuMatmul backend)
    {
        if (OneDnnAvailable)
        {
            Setter(Context(), MklDnn, Matmul, backend == CpuMatmul.OneDnn ? BFloat16 : Ieee);
        }

        Current = backend;
    }

    private static CpuMatmul Faster()
    {
        if (!OneDnnAvailable)
        {
            return CpuMatmul.Mkl;
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (tokens, weight) = (rand(1024, 768), rand(1536, 768));
        return Seconds(CpuMatmul.OneDnn) < Seconds(CpuMatmul.Mkl) ? CpuMatmul.OneDnn : CpuMatmul.Mkl;

        double Seconds(CpuMatmul backend)
        {
            Set(backend);
            var best = double.MaxValue;
            for (var run = 0; run < 5; run++)
            {
                var start = Stopwatch.GetTimestamp();
                nn.functional.linear(tokens, weight).Dispose();
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            return best;
        }
    }
}

using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// Chooses the library behind float32 matrix products on the CPU, for the whole process. libtorch has no switch for it, but sends products
/// to oneDNN where it may round them to bfloat16; what counts is whether oneDNN does round on this CPU, so it is tried before it is used.
/// </summary>
public static unsafe class MatmulBackend
{
    // at::Context::setFloat32Precision(backend, operation, precision) of libtorch 2.10, by enum value.
    private const int MklDnn = 2;
    private const int Matmul = 3;
    private const int Ieee = 1;
    private const int BFloat16 = 3;

    private static readonly Lazy<bool> Offered = new(() => Context != null && Setter != null && Differs());
    private static readonly Lazy<double> MeasuredError
        = new(() => With(CpuMatmul.OneDnn, () => MatmulAccuracy.Error(MatmulProducts.Torch)));

    /// <summary>
    /// What is in use: <see cref="CpuMatmul.Mkl"/> until <see cref="Use"/> says otherwise; never <see cref="CpuMatmul.Auto"/>.
    /// </summary>
    public static CpuMatmul Current { get; private set; } = CpuMatmul.Mkl;

    /// <summary>The name of <see cref="Current"/> in configs and results.</summary>
    public static string Name => NameOf(Current);

    /// <summary>Whether this build of libtorch lets oneDNN multiply float32 on this CPU.</summary>
    public static bool OneDnnAvailable => Offered.Value;

    /// <summary>How far oneDNN's float32 products are off on this CPU; measured once.</summary>
    internal static double OneDnnError => MeasuredError.Value;

    /// <summary>
    /// The libraries whose float32 products are float32's on this CPU. With AMX oneDNN is none of them: it rounds to bfloat16.
    /// </summary>
    public static IReadOnlyList<CpuMatmul> Exact
        => OneDnnAvailable && OneDnnError <= MatmulAccuracy.Limit ? [CpuMatmul.Mkl, CpuMatmul.OneDnn] : [CpuMatmul.Mkl];

    private static delegate* unmanaged<nint> Context => (delegate* unmanaged<nint>)LibTorch.Find("_ZN2at13globalContextEv");

    private static delegate* unmanaged<nint, int, int, int, void> Setter
        => (delegate* unmanaged<nint, int, int, int, void>)LibTorch
            .Find("_ZN2at7Context19setFloat32PrecisionENS_14Float32BackendENS_9Float32OpENS_16Float32PrecisionE");

    /// <summary>
    /// Switches. <see cref="CpuMatmul.Auto"/> comes to the same on every start: it goes by the CPU's maker and by exactness, never by a
    /// clock.
    /// </summary>
    /// <returns>What is in use now.</returns>
    /// <exception cref="UserErrorException">oneDNN is asked for and is not offered, or would round.</exception>
    public static CpuMatmul Use(CpuMatmul choice)
    {
        Set(Choose(choice, OneDnnAvailable, CpuKind.MklIsSlow, () => OneDnnError));
        return Current;
    }

    /// <summary>Brings back what is in use now when it is disposed.</summary>
    public static IDisposable Hold() => new Held(Current);

    /// <summary>The rule behind <see cref="Use"/>; changes nothing.</summary>
    /// <param name="choice">What is asked for.</param>
    /// <param name="offered">Whether oneDNN can be had.</param>
    /// <param name="mklIsSlow">Whether MKL leaves speed behind on this CPU.</param>
    /// <param name="oneDnnError">Of <see cref="MatmulAccuracy.Error"/>; asked only where it matters.</param>
    internal static CpuMatmul Choose(CpuMatmul choice, bool offered, bool mklIsSlow, Func<double> oneDnnError)
    {
        switch (choice)
        {
            case CpuMatmul.OneDnn when !offered:
                throw new UserErrorException(
                    "cpu_matmul: one_dnn does not multiply float32 with this CPU and build of libtorch. Take auto or mkl.");
            case CpuMatmul.OneDnn when oneDnnError() is var error && !(error <= MatmulAccuracy.Limit):
                throw new UserErrorException($"cpu_matmul: one_dnn rounds float32 products on this CPU (they are {error:0.0e+0} off). "
                    + "Take auto or mkl, or ask for rounded products with precision: bf16.");
            case CpuMatmul.Auto:
                return offered && mklIsSlow && oneDnnError() <= MatmulAccuracy.Limit ? CpuMatmul.OneDnn : CpuMatmul.Mkl;
            default:
                return choice;
        }
    }

    internal static string NameOf(CpuMatmul backend) => backend == CpuMatmul.OneDnn ? "one_dnn" : "mkl";

    /// <summary>
    /// Where the permission has no effect both give the same bits; two libraries never add 3,072 products in the same order everywhere.
    /// </summary>
    private static bool Differs()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (left, right) = (MatmulAccuracy.Values(0.7, 64, 3072), MatmulAccuracy.Values(1.3, 3072, 96));
        return With(CpuMatmul.OneDnn, () => matmul(left, right)).ne(With(CpuMatmul.Mkl, () => matmul(left, right))).any().item<bool>();
    }

    private static T With<T>(CpuMatmul backend, Func<T> compute)
    {
        using var held = Hold();
        Set(backend);
        return compute();
    }

    private static void Set(CpuMatmul backend)
    {
        if (Context != null && Setter != null)
        {
            Setter(Context(), MklDnn, Matmul, backend == CpuMatmul.OneDnn ? BFloat16 : Ieee);
        }

        Current = backend;
    }

    private sealed class Held(CpuMatmul backend) : IDisposable
    {
        public void Dispose() => Set(backend);
    }
}

using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Whether a device multiplies float32 matrices as float32, in each form and by each library that models use.</summary>
internal static class ProductChecks
{
    /// <summary>Inputs of 10 bits leave 3e-4; more means that less than TF32 was computed with.</summary>
    private const double Tf32Limit = 2e-3;

    /// <summary>As <c>auto</c> computes them, and by each library that there is; one that is refused on this CPU says so.</summary>
    public static IEnumerable<Func<Device, MachineCheck>> All(Device device)
        => device.type == DeviceType.CPU
            ? [Default, _ => By(CpuMatmul.Mkl), _ => OneDnn(MatmulBackend.OneDnnAvailable, () => MatmulBackend.OneDnnError)]
            : [Default, WithTf32];

    /// <summary>By what was chosen for the device.</summary>
    public static MachineCheck Default(Device device) => Error(
        device.type == DeviceType.CPU ? $"float32 products by auto ({MatmulBackend.Name})" : "float32 products",
        On(device));

    /// <summary>By a library of the CPU; what was in use comes back.</summary>
    public static MachineCheck By(CpuMatmul library)
    {
        using var held = MatmulBackend.Hold();
        MatmulBackend.Use(library);
        return Error(Name(library), MatmulProducts.Torch);
    }

    /// <summary>By oneDNN, which <c>pe</c> refuses where it is not exact.</summary>
    /// <param name="offered">Whether it multiplies float32 with this CPU and libtorch.</param>
    /// <param name="error">Of its products, where it does.</param>
    public static MachineCheck OneDnn(bool offered, Func<double> error)
    {
        var reason = !offered ? "it does not multiply float32 with this CPU and libtorch"
            : error() <= MatmulAccuracy.Limit ? null
            : "it rounds on this CPU, so that auto takes mkl and one_dnn is an error";
        return reason is null
            ? By(CpuMatmul.OneDnn)
            : MachineCheck.Unused(
                reason,
                MatmulAccuracy.Limit,
                $"{Name(CpuMatmul.OneDnn)}, against float64",
                () => offered ? error() : double.NaN);
    }

    /// <summary>Of any products, the largest error against float64.</summary>
    public static MachineCheck Error(string name, MatmulProducts products) => MachineCheck.AtMost(
        MatmulAccuracy.Limit,
        $"{name}, against float64",
        "Products are rounded on this machine. On a CPU take --cpu-matmul mkl (compute.cpu_matmul: mkl); on CUDA leave tf32 off "
            + "(unset NVIDIA_TF32_OVERRIDE).",
        () => MatmulAccuracy.Error(products));

    private static string Name(CpuMatmul library) => $"float32 products by {MatmulBackend.NameOf(library)}";

    private static MachineCheck WithTf32(Device device)
    {
        var before = backends.cuda.matmul.allow_tf32;
        backends.cuda.matmul.allow_tf32 = true;
        try
        {
            return MachineCheck.AtMost(
                Tf32Limit,
                "products with tf32 allowed, against float64",
                "TF32 products are wrong beyond its 10 bits: leave compute.tf32 off.",
                () => MatmulAccuracy.Error(On(device)));
        }
        finally
        {
            backends.cuda.matmul.allow_tf32 = before;
        }
    }

    /// <summary>Inputs and results travel, so that the reference is made on the CPU.</summary>
    private static MatmulProducts On(Device device) => new(
        (input, weight, bias) => nn.functional.linear(input.to(device), weight.to(device), bias?.to(device)).cpu(),
        (left, right) => matmul(left.to(device), right.to(device)).cpu());
}

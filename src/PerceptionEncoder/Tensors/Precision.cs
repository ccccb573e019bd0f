using TorchSharp;

namespace PerceptionEncoder.Tensors;

/// <summary>Arithmetic of matrix products in a training step.</summary>
public enum Precision
{
    /// <summary>bfloat16 on GPUs that multiply it, those of compute capability 8 and later; float32 on the CPU and on older ones.</summary>
    Auto,

    /// <summary>float32 throughout.</summary>
    Fp32,

    /// <summary>bfloat16 products by autocast; float32 parameters, optimiser state, normalisation and loss.</summary>
    Bf16,
}

/// <summary>Puts a precision into force.</summary>
internal static class PrecisionScope
{
    private const int FirstGenerationWithBf16 = 8;              // Ampere

    /// <summary>What a precision comes to on a device: never <see cref="Precision.Auto"/>.</summary>
    public static Precision On(this Precision precision, torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return precision != Precision.Auto ? precision
            : device.type == DeviceType.CUDA && !(CudaRuntime.Of(device)?.Generation(device) < FirstGenerationWithBf16) ? Precision.Bf16
            : Precision.Fp32;
    }

    /// <summary>The element type of matrix products on a device.</summary>
    public static torch.ScalarType TypeOn(this Precision precision, torch.Device device)
        => precision.On(device) == Precision.Bf16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32;

    /// <summary>Operators of this thread on the device follow the precision until the scope is disposed.</summary>
    /// <exception cref="UserErrorException">This build of libtorch cannot do it.</exception>
    public static IDisposable? Enter(this Precision precision, torch.Device device) => Autocast.Enter(device, precision.TypeOn(device));

    /// <summary>
    /// What multiplies on a device that <see cref="ComputeOptions.Prepare"/> returned, for logs and results: <c>fp32 by mkl</c>;
    /// <c>bf16, fp32 by mkl</c>; <c>bf16 on cuda</c>; <c>tf32 on cuda</c> where float32 products may be rounded to it.
    /// </summary>
    public static string Products(this Precision precision, torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var taken = precision.On(device);
        var name = taken == Precision.Bf16 ? "bf16" : "fp32";
        return (taken, device.type) switch
        {
            (Precision.Fp32, not DeviceType.CPU) when Tf32.IsAllowed => $"tf32 on {Kind()}",
            (_, not DeviceType.CPU) => $"{name} on {Kind()}",
            (Precision.Fp32, _) => $"fp32 by {MatmulBackend.Name}",
            _ => $"{name}, fp32 by {MatmulBackend.Name}",
        };

        string Kind() => device.type.ToString().ToLowerInvariant();
    }
}

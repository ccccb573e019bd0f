using TorchSharp;

namespace PerceptionEncoder.Tensors;

/// <summary>Arithmetic of matrix products in a training step.</summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    Fp32,

    /// <summary>bfloat16 products by autocast; float32 parameters, optimiser state, normalisation and loss.</summary>
    Bf16,
}

/// <summary>Puts a precision into force.</summary>
internal static class PrecisionScope
{
    /// <summary>Operators of this thread on the device follow the precision until the scope is disposed.</summary>
    /// <exception cref="UserErrorException">This build of libtorch cannot do it.</exception>
    public static IDisposable? Enter(this Precision precision, torch.Device device)
        => Autocast.Enter(device, precision == Precision.Bf16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32);

    /// <summary>
    /// What multiplies on a device that <see cref="ComputeOptions.Prepare"/> returned, for logs and results: <c>fp32 by mkl</c>;
    /// <c>bf16, fp32 by mkl</c>; <c>bf16 on cuda</c>; <c>tf32 on cuda</c> where float32 products may be rounded to it.
    /// </summary>
    public static string Products(this Precision precision, torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var name = precision == Precision.Bf16 ? "bf16" : "fp32";
        return (precision, device.type) switch
        {
            (Precision.Fp32, not DeviceType.CPU) when Tf32.IsAllowed => $"tf32 on {Kind()}",
            (_, not DeviceType.CPU) => $"{name} on {Kind()}",
            (Precision.Fp32, _) => $"fp32 by {MatmulBackend.Name}",
            _ => $"{name}, fp32 by {MatmulBackend.Name}",
        };

        string Kind() => device.type.ToString().ToLowerInvariant();
    }
}

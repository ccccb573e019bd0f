using PerceptionEncoder.Tensors;
using TorchSharp;

namespace PerceptionEncoder.Training;

/// <summary>Arithmetic of matrix products in a training step.</summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    Fp32,

    /// <summary>bfloat16 products by autocast; float32 parameters, optimiser state, normalisation and loss.</summary>
    Bf16,
}

/// <summary>Puts a precision into force.</summary>
public static class PrecisionScope
{
    /// <summary>Operators of this thread on the device follow the precision until the scope is disposed.</summary>
    /// <exception cref="UserErrorException">This build of libtorch cannot do it.</exception>
    public static IDisposable? Enter(this Precision precision, torch.Device device)
        => Autocast.Enter(device, precision == Precision.Bf16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32);
}

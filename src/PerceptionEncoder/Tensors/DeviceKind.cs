namespace PerceptionEncoder.Tensors;

/// <summary>Where tensors live.</summary>
public enum DeviceKind
{
    /// <summary>CUDA where libtorch finds a device, else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>The first CUDA device; an error where there is none.</summary>
    Cuda,
}

using System.ComponentModel.DataAnnotations;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>What computes: device, threads and, on the CPU, the library behind float32 matrix products.</summary>
public sealed record ComputeOptions
{
    /// <summary>Where the model lives.</summary>
    public DeviceKind Device { get; init; } = DeviceKind.Auto;

    /// <summary>Torch threads on the CPU; 0 takes one per core.</summary>
    [Range(0, 1024)]
    public int Threads { get; init; }

    /// <summary>Library of float32 matrix products on the CPU; <c>auto</c> goes by the CPU, and takes none that rounds.</summary>
    public CpuMatmul CpuMatmul { get; init; } = CpuMatmul.Auto;

    /// <summary>
    /// Float32 matrix products and convolutions on CUDA may round their inputs to TF32's 10 bits, on GPUs that have it: much faster, less
    /// exact.
    /// </summary>
    public bool Tf32 { get; init; }

    /// <summary>Loads libtorch, sets threads and matmul library, and returns the device.</summary>
    /// <exception cref="UserErrorException">
    /// libtorch cannot be loaded, CUDA is asked for and not there, or the matmul library would round.
    /// </exception>
    public Device Prepare()
    {
        TorchRuntime.Initialize();
        backends.cuda.matmul.allow_tf32 = Tf32;
        backends.cudnn.allow_tf32 = Tf32;
        if (Device != DeviceKind.Cpu && cuda.is_available())
        {
            return CUDA;
        }

        if (Device == DeviceKind.Cuda)
        {
            throw new UserErrorException("compute.device: cuda, but libtorch finds no CUDA device. "
                + "Build with -p:TorchBackend=cuda on a machine with a driver, or set compute.device: cpu.");
        }

        TorchRuntime.Threads = Threads > 0 ? Threads : Environment.ProcessorCount;
        MatmulBackend.Use(CpuMatmul);
        return CPU;
    }

    /// <summary>The same with what <see cref="Prepare"/> made of <c>auto</c>: to write down, so that the same is computed again.</summary>
    /// <param name="device">What it returned.</param>
    public ComputeOptions Settled(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.type == TorchSharp.DeviceType.CPU ? this with { CpuMatmul = MatmulBackend.Current } : this;
    }
}

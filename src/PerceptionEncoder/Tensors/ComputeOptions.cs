using System.ComponentModel.DataAnnotations;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>What computes: device, threads and, on the CPU, the library behind float32 matrix products.</summary>
public sealed record ComputeOptions
{
    /// <summary>Where the model lives: <c>auto</c>, <c>cpu</c>, <c>cuda</c> or, of several GPUs, <c>cuda:N</c>.</summary>
    [RegularExpression(DeviceKind.Pattern, ErrorMessage = DeviceKind.Problem)]
    public string Device { get; init; } = DeviceKind.Auto;

    /// <summary>Torch threads on the CPU, where a GPU computes too; 0 takes one per core.</summary>
    [Range(0, 1024)]
    public int Threads { get; init; }

    /// <summary>Library of float32 matrix products on the CPU; <c>auto</c> goes by the CPU, and takes none that rounds.</summary>
    public CpuMatmul CpuMatmul { get; init; } = CpuMatmul.Auto;

    /// <summary>
    /// Float32 matrix products and convolutions on CUDA may round their inputs to TF32's 10 bits, on GPUs that have it: much faster, less
    /// exact.
    /// </summary>
    public bool Tf32 { get; init; }

    /// <summary>
    /// Only kernels that give the same bits on every run, for bit-exact resume on CUDA: slower, and an operator without such a kernel is an
    /// error. On a CPU of one kind with as many threads the bits are the same anyway.
    /// </summary>
    public bool Deterministic { get; init; }

    /// <summary>Loads libtorch, sets threads and matmul library, and returns the device.</summary>
    /// <param name="log">Takes a line that names the device and, where <c>auto</c> finds no GPU, says why.</param>
    /// <exception cref="UserErrorException">
    /// libtorch cannot be loaded, the CUDA device that is asked for is not there, or the matmul library would round.
    /// </exception>
    public Device Prepare(Action<string>? log = null)
    {
        TorchRuntime.Initialize();
        TorchRuntime.Threads = Threads > 0 ? Threads : Environment.ProcessorCount;
        Tensors.Tf32.Allow(Tf32);
        Determinism.Require(Deterministic);
        var found = Device == DeviceKind.Cpu ? new CudaDevices(0, null) : CudaDevices.Find();
        if (DeviceKind.Choose(Device, found) is { } index)
        {
            log?.Invoke($"device: cuda:{Math.Max(0, index)} of {found.Count}");
            return index < 0 ? CUDA : new Device(TorchSharp.DeviceType.CUDA, index);
        }

        MatmulBackend.Use(CpuMatmul);
        log?.Invoke(found.Absence is { } absence ? $"device: cpu; no CUDA: {absence}" : "device: cpu");
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

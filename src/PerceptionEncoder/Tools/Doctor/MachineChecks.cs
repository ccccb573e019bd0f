using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Proves that a machine computes the right numbers, check by check.</summary>
public static class MachineChecks
{
    private static readonly Func<Device, MachineCheck>[] Fast =
    [
        RandomChecks.SeedsRepeat,
        CollectiveCheck.RoundTrip,
        FeedCheck.Copies,
        GradientChecks.Replay,
        GradientChecks.MicroBatches,
        GradientChecks.RecomputedBlocks,
        MemoryCheck.Tensors,
        AttentionCheck.Fused,
        LossCheck.Tiled,
        JpegCheck.Decode,
    ];

    private static readonly Func<Device, MachineCheck>[] Slow =
    [
        MemoryCheck.Bytes,
        PrecisionChecks.Features,
        PrecisionChecks.Gradients,
        OptimizerCheck.Lamb,
        ResumeCheck.Checkpoint,
    ];

    /// <summary>Refuses a device that there is not, before anything is done.</summary>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</param>
    /// <exception cref="UserErrorException">There is no such name, or no such device.</exception>
    public static void Require(string device)
    {
        DeviceKind.RequireKnown(device);
        if (device is DeviceKind.Auto or DeviceKind.Cpu)
        {
            return;
        }

        try
        {
            TorchRuntime.Initialize();
        }
        catch (UserErrorException)
        {
            return; // NativeLibraries shows the reason beside all other libraries, and the checks end with it
        }

        DeviceKind.Choose(device, CudaDevices.Find());
    }

    /// <summary>Runs them one after the other.</summary>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</param>
    /// <param name="quick">Leaves the slower half out.</param>
    /// <param name="done">Called with each as it ends.</param>
    /// <returns>The device, and the checks in their order.</returns>
    /// <exception cref="UserErrorException">There is no such device, or libtorch cannot be loaded.</exception>
    public static (string Device, IReadOnlyList<MachineCheck> Checks) Run(string device, bool quick, Action<MachineCheck> done)
    {
        ArgumentNullException.ThrowIfNull(done);
        using var held = MatmulBackend.Hold();
        var prepared = new ComputeOptions { Device = device }.Prepare();
        var checks = new List<MachineCheck>();
        foreach (var check in ProductChecks.All(prepared).Concat(Fast).Concat(quick ? [] : Slow))
        {
            checks.Add(check(prepared));
            done(checks[^1]);
        }

        return ($"{prepared}", checks);
    }
}

using static TorchSharp.torch;

namespace PerceptionEncoder.Tests;

/// <summary>
/// Counts live tensors after those that earlier tests dropped are gone: the collector would otherwise take them in the middle of a count.
/// </summary>
public static class LiveTensors
{
    public static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Tensor.TotalCount;
    }
}

using static TorchSharp.torch;

namespace PerceptionEncoder.Tests;

/// <summary>Tensors that are alive, without those that earlier tests dropped.</summary>
public static class LiveTensors
{
    public static long Count()
    {
        FreeDropped();
        return Tensor.TotalCount;
    }

    /// <summary>Frees what nobody disposed, which the collector would else do in the middle of a count of tensors or bytes.</summary>
    public static void FreeDropped()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}

using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public sealed class AllocatedMemoryTests
{
    private const int Numbers = 1 << 24;                        // 64 MB, far above what the rest of the process takes meanwhile

    [SkippableFact]
    public void What_is_freed_counts_no_more_although_the_process_may_keep_it()
    {
        Skip.If(AllocatedMemory.Bytes() is null, "this system's allocator does not tell");
        TorchRuntime.Initialize();
        LiveTensors.FreeDropped();
        var before = AllocatedMemory.Bytes()!.Value;
        long during;
        using (ones(Numbers))
        {
            during = AllocatedMemory.Bytes()!.Value;
        }

        Assert.InRange((during - before) / (double)(sizeof(float) * Numbers), 0.9, 1.1);
        Assert.InRange((AllocatedMemory.Bytes()!.Value - before) / (double)(sizeof(float) * Numbers), -0.1, 0.1);
    }
}

using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tests;

public sealed class IsolatedTestsTests
{
    // Whichever row runs second would find what the first one left behind.
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_a_test_chooses_for_the_process_ends_with_it(int row)
    {
        Skip.If(
            MatmulBackend.Exact.Count < 2 || Environment.ProcessorCount < 2,
            $"row {row}: this machine has one library and one thread to choose from");
        Assert.Equal(CpuMatmul.Mkl, MatmulBackend.Current);
        Assert.Equal(Environment.ProcessorCount, TorchRuntime.Threads);
        MatmulBackend.Use(MatmulBackend.Exact[^1]);
        TorchRuntime.Threads = 1;
        Assert.Equal((MatmulBackend.Exact[^1], 1), (MatmulBackend.Current, TorchRuntime.Threads));
    }
}

using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public sealed class MatmulBackendTests : IDisposable
{
    public MatmulBackendTests() => TorchRuntime.Initialize();

    public void Dispose() => MatmulBackend.Use(CpuMatmul.Mkl);

    [SkippableFact]
    public void OneDnn_gives_the_same_products_within_the_precision_it_is_permitted()
    {
        Skip.IfNot(MatmulBackend.OneDnnAvailable, "this build of libtorch does not offer the choice");
        manual_seed(1);
        using var scope = NewDisposeScope();
        var (x, w) = (randn(64, 512), randn(512, 128));
        MatmulBackend.Use(CpuMatmul.Mkl);
        var expected = matmul(x, w);
        MatmulBackend.Use(CpuMatmul.OneDnn);
        var relative = (matmul(x, w) - expected).norm() / expected.norm();

        Assert.Equal(CpuMatmul.OneDnn, MatmulBackend.Current);
        Assert.True(relative.item<float>() < 1e-2, $"differs by {relative.item<float>():g3}");   // bfloat16 on CPUs with AMX; 1e-6 elsewhere
    }

    [Fact]
    public void Auto_settles_on_one_of_the_two()
    {
        Assert.NotEqual(CpuMatmul.Auto, MatmulBackend.Use(CpuMatmul.Auto));
        Assert.NotEqual(CpuMatmul.Auto, MatmulBackend.Current);
    }
}

using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public sealed class MatmulBackendTests
{
    public MatmulBackendTests() => TorchRuntime.Initialize();

    [Fact]
    public void Every_library_that_auto_may_take_multiplies_as_float32_on_this_CPU()
    {
        Assert.Contains(MatmulBackend.Use(CpuMatmul.Auto), MatmulBackend.Exact);
        Assert.All(MatmulBackend.Exact, library =>
        {
            MatmulBackend.Use(library);
            Assert.InRange(MatmulAccuracy.Error(MatmulProducts.Torch), 1e-9, MatmulAccuracy.Limit);
        });
    }

    [SkippableFact]
    public void OneDNN_either_agrees_with_MKL_within_float32_rounding_or_is_refused()
    {
        Skip.IfNot(MatmulBackend.OneDnnAvailable, "this CPU and build of libtorch do not offer the choice");
        using var scope = NewDisposeScope();
        var (x, w) = (MatmulAccuracy.Values(0.3, 64, 512), MatmulAccuracy.Values(0.8, 512, 128));
        MatmulBackend.Use(CpuMatmul.Mkl);
        var expected = matmul(x, w);
        if (MatmulBackend.Exact.Contains(CpuMatmul.OneDnn))
        {
            Assert.Equal(CpuMatmul.OneDnn, MatmulBackend.Use(CpuMatmul.OneDnn));
            Assert.InRange(((matmul(x, w) - expected).norm() / expected.norm()).item<float>(), 0, 2e-6);
        }
        else
        {
            Assert.Contains("precision: bf16", Assert.Throws<UserErrorException>(() => MatmulBackend.Use(CpuMatmul.OneDnn)).Message);
            Assert.Equal(CpuMatmul.Mkl, MatmulBackend.Current);
        }
    }

    [Fact]
    public void Auto_comes_to_the_same_every_time()
        => Assert.Single(Enumerable.Range(0, 5).Select(_ => MatmulBackend.Use(CpuMatmul.Auto)).Distinct());

    [Fact]
    public void A_held_choice_comes_back()
    {
        using (MatmulBackend.Hold())
        {
            MatmulBackend.Use(MatmulBackend.Exact[^1]);
        }

        Assert.Equal(CpuMatmul.Mkl, MatmulBackend.Current);
    }
}

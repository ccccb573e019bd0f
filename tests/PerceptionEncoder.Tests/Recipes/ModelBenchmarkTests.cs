using PerceptionEncoder.Models.Vision;
using PerceptionEncoder.Recipes.Benchmark;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Recipes;

public sealed class ModelBenchmarkTests : IDisposable
{
    private static readonly VisionOptions Tiny = new() { Width = 32, Layers = 2, Heads = 2, PatchSize = 8, ImageSize = 16, OutputDim = 8 };

    public void Dispose() => MatmulBackend.Use(CpuMatmul.Mkl);

    [Theory]
    [InlineData(BenchmarkMode.Train, Precision.Fp32)]
    [InlineData(BenchmarkMode.Encode, Precision.Fp32)]
    [InlineData(BenchmarkMode.Train, Precision.Bf16)]
    [InlineData(BenchmarkMode.Encode, Precision.Bf16)]
    public void Steps_are_timed_and_leave_no_tensor_behind(BenchmarkMode mode, Precision precision)
    {
        var result = ModelBenchmark.Run(new BenchmarkOptions { Vision = Tiny, Mode = mode, Precision = precision, Batch = 2, Steps = 3 });
        Assert.True(result.LiveTensorsAfter <= result.LiveTensorsBefore, "tensors are left behind");   // the collector may take others meanwhile
        Assert.Equal(2 / result.StepSeconds, result.ImagesPerSecond, 1e-9);
        Assert.Equal(result.Gflops / result.PeakGflops, result.PeakShare);
        Assert.True(result.PeakMemoryMb > 1 && result.PeakShare > 0);
    }

    [Fact]
    public void A_batch_of_nothing_is_an_error_of_one_line()
        => Assert.Contains("batch 0", Assert.Throws<UserErrorException>(() => ModelBenchmark.Run(new BenchmarkOptions { Vision = Tiny, Batch = 0 })).Message);
}

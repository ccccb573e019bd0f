using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.Benchmark;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tools.Benchmark;

public sealed class ModelBenchmarkTests
{
    private static readonly VisionOptions Tiny = new() { Width = 32, Layers = 2, Heads = 2, PatchSize = 8, ImageSize = 16, OutputDim = 8 };

    [Theory]
    [InlineData(BenchmarkMode.Train, Precision.Fp32)]
    [InlineData(BenchmarkMode.Encode, Precision.Fp32)]
    [InlineData(BenchmarkMode.Train, Precision.Bf16)]
    [InlineData(BenchmarkMode.Encode, Precision.Bf16)]
    public void Steps_are_timed_and_leave_no_tensor_behind(BenchmarkMode mode, Precision precision)
    {
        var result = ModelBenchmark.Run(new BenchmarkOptions { Vision = Tiny, Mode = mode, Precision = precision, Batch = 2, Steps = 3 });
        // the collector may take others meanwhile
        Assert.True(result.LiveTensorsAfter <= result.LiveTensorsBefore, "tensors are left behind");
        Assert.Equal(2 / result.StepSeconds, result.ImagesPerSecond, 1e-9);
        Assert.Equal(result.Gflops / result.PeakGflops, result.PeakShare);
        Assert.True(result.PeakMemoryMb > 1 && result.PeakShare is > 0 and <= 1);
        Assert.Equal(precision == Precision.Fp32 ? $"fp32 by {result.CpuMatmul}" : $"bf16, fp32 by {result.CpuMatmul}", result.Products);
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void The_peak_multiplies_to_the_bit_what_the_layers_multiply(Precision precision)
    {
        TorchRuntime.Initialize();
        manual_seed(1);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var mlp = new Mlp(96, 384);
        var tokens = randn(2, 17, 96);
        var type = precision == Precision.Bf16 ? bfloat16 : float32;
        Tensor Peak(Tensor input, string layer)
            => MatmulPeak.Multiply(input, mlp.get_parameter($"{layer}.weight")!.to(type), mlp.get_parameter($"{layer}.bias")!.to(type));

        var expected = Peak(Peak(tokens.to(type), "c_fc").gelu(), "c_proj");
        using var narrow = precision.Enter(CPU);
        var actual = mlp.call(tokens);
        Assert.Equal(type, actual.dtype);
        Assert.True(actual.eq(expected).all().item<bool>());
    }

    [Fact]
    public void Images_of_another_size_are_other_work()
    {
        var result = ModelBenchmark.Run(
            new BenchmarkOptions { Vision = Tiny, Mode = BenchmarkMode.Encode, Batch = 1, Steps = 1, ImageSize = 48 });
        Assert.Equal(48, result.ImageSize);
        Assert.Equal(FlopCount.Vision(Tiny, 48, 48) / result.StepSeconds / 1e9, result.Gflops, 1e-9);
        Assert.Contains(
            "image size 7",
            Assert.Throws<UserErrorException>(() => ModelBenchmark.Run(new BenchmarkOptions { Vision = Tiny, ImageSize = 7 })).Message);
    }

    [Fact]
    public void A_batch_of_nothing_is_an_error_of_one_line()
        => Assert.Contains(
            "batch 0",
            Assert.Throws<UserErrorException>(() => ModelBenchmark.Run(new BenchmarkOptions { Vision = Tiny, Batch = 0 })).Message);
}

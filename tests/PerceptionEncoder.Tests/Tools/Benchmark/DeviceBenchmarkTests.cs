using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Models.Segmentation;
using PerceptionEncoder.Tools.Benchmark;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tools.Benchmark;

public class DeviceBenchmarkTests
{
    private static readonly ComputeOptions Cpu = new() { Device = DeviceKind.Cpu };
    private static readonly ComputeOptions Absent = new() { Device = "cuda:99" };

    [Fact]
    public void Every_benchmark_names_its_device_and_a_cpu_has_no_memory_of_its_own()
    {
        var loss = LossBenchmark.Run(16, 4, 8, dense: true, Cpu);
        Assert.Equal(("cpu", null), (loss.Device, loss.DeviceBytes));
        Assert.True(loss is { TiledSeconds: > 0, DenseSeconds: > 0 });
        var tower = ModelBenchmark.Run(new BenchmarkOptions
        {
            Vision = new() { Width = 32, Layers = 1, Heads = 2, PatchSize = 8, ImageSize = 16, OutputDim = 8 },
            Batch = 1,
            Steps = 1,
        });
        Assert.Equal(("cpu", null), (tower.Device, tower.DeviceMemoryMb));
        var spatial = SpatialLossBenchmark.Run(
            new VisionOptions { Width = 32, Layers = 1, Heads = 2, PatchSize = 8, ImageSize = 32 },
            batch: 2,
            channels: 5,
            tile: 4,
            Precision.Fp32,
            Cpu);
        Assert.Equal(("cpu", 16), (spatial.Device, spatial.Tokens));
        Assert.True(spatial is { TiledSeconds: > 0, DenseSeconds: > 0, StepSeconds: > 0, StepShare: > 0 });
        var segments = SegmentationBenchmark.Run(SmallSegmentationModel.Options, 2, 3, Precision.Fp32, Cpu);
        Assert.Equal(("cpu", 4, 64), (segments.Device, segments.Points, segments.ImageSize));
        Assert.True(segments is { EncodeSeconds: > 0, DecodeSeconds: > 0, Ratio: > 0, WeightBytes: > 0 });
        TorchRuntime.Initialize();
        Assert.Null(DeviceWork.TakenBytes(CPU));
    }

    [Fact]
    public void A_device_that_is_not_there_is_one_line_of_every_benchmark()
    {
        Action[] runs =
            [
                () => LossBenchmark.Run(16, 4, 8, dense: false, Absent),
                () => SpatialLossBenchmark.Run("PE-Spatial-T16-512", 1, 4, 8, Precision.Fp32, Absent),
                () => SegmentationBenchmark.Run("SAM-2.1-tiny", compute: Absent),
                () => ModelBenchmark.Run(new BenchmarkOptions { Compute = Absent }),
                () => OptimizerBenchmark.Run("PE-Core-B16-224", new OptimizerOptions(), Absent),
                () => ContrastiveBenchmark.Run("PE-Core-B16-224", 2, 2, 0, null, Precision.Fp32, Absent),
            ];
        Assert.All(
            runs,
            run => Assert.StartsWith(
                "compute.device: cuda:99",
                Assert.Throws<UserErrorException>(run).Message,
                StringComparison.Ordinal));
    }

    [Fact]
    public void Work_is_timed_whole()
        => Assert.InRange(DeviceWork.Seconds(CPU, () => Thread.Sleep(30)), 0.03, 30);
}

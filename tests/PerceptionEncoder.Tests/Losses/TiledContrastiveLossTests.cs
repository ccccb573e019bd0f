using System.Diagnostics;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Tests.Losses;

public class TiledContrastiveLossTests
{
    public TiledContrastiveLossTests() => TorchRuntime.Initialize();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(100)]
    public void Loss_and_gradients_are_those_of_autograd_whatever_the_tile(int tile)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var image = functional.normalize(randn(12, 5), dim: -1).requires_grad_();
        var text = functional.normalize(randn(12, 5), dim: -1).requires_grad_();
        var scale = tensor(23f).requires_grad_();
        var expected = ContrastiveLoss.Symmetric(image, text, scale);
        expected.backward();

        var tiled = TiledContrastiveLoss.Of(image, text, scale, tile);
        Assert.False(tiled.Loss.requires_grad);
        Assert.Equal(expected.item<float>(), tiled.Loss.item<float>(), 1e-5f);
        AssertClose(image.grad!, tiled.Image);
        AssertClose(text.grad!, tiled.Text);
        Assert.Equal(scale.grad!.item<float>(), tiled.LogitScale.item<float>(), 1e-6f);
    }

    [Fact]
    public void A_large_logit_scale_neither_overflows_nor_loses_a_row()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var image = functional.normalize(randn(9, 4), dim: -1).requires_grad_();
        var text = functional.normalize(randn(9, 4), dim: -1);
        var expected = ContrastiveLoss.Symmetric(image, text, tensor(1000f));
        expected.backward();
        var tiled = TiledContrastiveLoss.Of(image, text, tensor(1000f), tile: 4);
        Assert.Equal(expected.item<float>(), tiled.Loss.item<float>(), 1e-2f);
        Assert.True(tiled.Image.allclose(image.grad!, 1e-3, 1e-3));
    }

    [Fact]
    public void Only_the_result_outlives_the_call()
    {
        using var scope = NewDisposeScope();
        var (image, text, scale) = (randn(8, 3), randn(8, 3), tensor(10f));
        var before = LiveTensors.Count();
        TiledContrastiveLoss.Of(image, text, scale, tile: 3);
        Assert.Equal(before + 4, Tensor.TotalCount);
    }

    /// <summary>65,536 pairs of 1,024 dimensions: 35 TFLOP, so only where PE_ACCEPTANCE is set.</summary>
    [SkippableFact]
    public void A_batch_of_65536_takes_less_than_3_GB()
    {
        Skip.If(
            string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PE_ACCEPTANCE")),
            "an acceptance run of minutes: set PE_ACCEPTANCE=1");
        MatmulBackend.Use(CpuMatmul.Auto);
        using var scope = NewDisposeScope();
        var (image, text) = (functional.normalize(randn(65_536, 1024), dim: -1), functional.normalize(randn(65_536, 1024), dim: -1));
        ProcessUsage.ResetPeak();
        var before = ProcessUsage.Read().ResidentBytes;
        var clock = Stopwatch.StartNew();
        var loss = TiledContrastiveLoss.Of(image, text, tensor(14f));
        Console.WriteLine($"{clock.Elapsed.TotalSeconds:F0} s, extra {(ProcessUsage.Read().PeakResidentBytes - before) / 1e9:F2} GB");
        Assert.Equal(Math.Log(65_536) + (14 * 14 / 1024.0 / 2), loss.Loss.item<float>(), 0.05);
        Assert.True(ProcessUsage.Read().PeakResidentBytes - before < 3e9);
    }

    private static void AssertClose(Tensor expected, Tensor actual)
        => Assert.True(
            (expected - actual).abs().max().item<float>() <= 1e-6f * Math.Max(1, expected.abs().max().item<float>()),
            $"differs by {(expected - actual).abs().max().item<float>():E2}");
}

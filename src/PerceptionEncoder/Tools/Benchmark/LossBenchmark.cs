using System.Diagnostics;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>Time and memory of the contrastive loss with its gradients, in tiles and as one matrix.</summary>
/// <param name="TiledSeconds">Fastest pass in tiles.</param>
/// <param name="DenseSeconds">Fastest pass with whole matrices; null where it was not asked for.</param>
/// <param name="TiledExtraBytes">How far resident memory rose in tiles.</param>
/// <param name="DenseExtraBytes">How far it rose with whole matrices.</param>
public sealed record LossBenchmark(double TiledSeconds, double? DenseSeconds, long TiledExtraBytes, long? DenseExtraBytes)
{
    private const int Passes = 3;

    /// <summary>The library behind float32 products.</summary>
    public string CpuMatmul { get; } = MatmulBackend.Name;

    /// <summary>Measures on random features.</summary>
    /// <param name="batch">B.</param>
    /// <param name="dimension">D.</param>
    /// <param name="tile">Largest side of a matrix of similarities.</param>
    /// <param name="dense">Measure whole matrices too.</param>
    /// <param name="compute">Device and matmul library; null for the defaults.</param>
    public static LossBenchmark Run(int batch, int dimension, int tile, bool dense, ComputeOptions? compute = null)
    {
        (compute ?? new ComputeOptions()).Prepare();
        using var scope = NewDisposeScope();
        var (image, text) =
            (functional.normalize(randn(batch, dimension), dim: -1), functional.normalize(randn(batch, dimension), dim: -1));
        var scale = tensor(14f);
        var (tiled, tiledBytes) = Measure(() => TiledContrastiveLoss.Of(image, text, scale, tile));
        if (!dense)
        {
            return new LossBenchmark(tiled, null, tiledBytes, null);
        }

        var (whole, wholeBytes) = Measure(() => ContrastiveLoss.Symmetric(
            image.detach().requires_grad_(),
            text.detach().requires_grad_(),
            scale.detach().requires_grad_()).backward());
        return new LossBenchmark(tiled, whole, tiledBytes, wholeBytes);
    }

    private static (double Seconds, long ExtraBytes) Measure(Action pass)
    {
        ProcessUsage.ResetPeak();
        var before = ProcessUsage.Read().ResidentBytes;
        var fastest = Enumerable.Range(0, Passes).Min(_ =>
        {
            using var scope = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            pass();
            return clock.Elapsed.TotalSeconds;
        });
        return (fastest, ProcessUsage.Read().PeakResidentBytes - before);
    }
}

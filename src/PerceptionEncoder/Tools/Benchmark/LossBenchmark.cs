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

    /// <summary>What multiplied, such as <c>fp32 by mkl</c> or <c>fp32 on cuda</c>.</summary>
    public required string Products { get; init; }

    /// <summary>Where the loss was computed: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Memory of a GPU that is taken at the end, beyond what was before; null on a CPU.</summary>
    public long? DeviceBytes { get; init; }

    /// <summary>Measures on random features.</summary>
    /// <param name="batch">B.</param>
    /// <param name="dimension">D.</param>
    /// <param name="tile">Largest side of a matrix of similarities.</param>
    /// <param name="dense">Measure whole matrices too.</param>
    /// <param name="compute">Device and matmul library; null for the defaults.</param>
    public static LossBenchmark Run(int batch, int dimension, int tile, bool dense, ComputeOptions? compute = null)
    {
        var device = (compute ?? new ComputeOptions()).Prepare();
        var empty = DeviceWork.TakenBytes(device);
        using var scope = NewDisposeScope();
        var (image, text) =
            (functional.normalize(Features(), dim: -1), functional.normalize(Features(), dim: -1));
        var scale = tensor(14f, device: device);
        var (tiled, tiledBytes) = Measure(device, () => TiledContrastiveLoss.Of(image, text, scale, tile));
        if (!dense)
        {
            return Result(null, null);
        }

        var (whole, wholeBytes) = Measure(device, () => ContrastiveLoss.Symmetric(
            image.detach().requires_grad_(),
            text.detach().requires_grad_(),
            scale.detach().requires_grad_()).backward());
        return Result(whole, wholeBytes);

        Tensor Features() => randn(batch, dimension).to(device);

        LossBenchmark Result(double? seconds, long? bytes) => new(tiled, seconds, tiledBytes, bytes)
        {
            Products = Precision.Fp32.Products(device),
            Device = device.ToString(),
            DeviceBytes = DeviceWork.TakenBytes(device) - empty,
        };
    }

    /// <summary>The fastest of some passes, and how far resident memory rose in them.</summary>
    internal static (double Seconds, long ExtraBytes) Measure(Device device, Action pass)
    {
        ProcessUsage.ResetPeak();
        var before = ProcessUsage.Read().ResidentBytes;
        var fastest = Enumerable.Range(0, Passes).Min(_ =>
        {
            using var scope = NewDisposeScope();
            return DeviceWork.Seconds(device, pass);
        });
        return (fastest, ProcessUsage.Read().PeakResidentBytes - before);
    }
}

using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>
/// How fast this machine, or its GPU, multiplies when it does nothing else: the products of a block's four linear layers for a whole batch,
/// by the same code and in the same arithmetic as in the model. Only the fastest of many calls counts, so that a machine that is busy for a
/// while does not pass for a slow one.
/// </summary>
internal sealed class MatmulPeak : IDisposable
{
    /// <summary>Calls of each product, at least.</summary>
    public const int Rounds = 20;

    private readonly (Tensor Tokens, Tensor Weight, Tensor Bias)[] layers;
    private readonly Dictionary<CpuMatmul, double[]> fastest;
    private readonly Device device;

    // B batch · N tokens · D width · E outputs

    /// <param name="vision">The tower.</param>
    /// <param name="batch">B.</param>
    /// <param name="type">float32, on a CPU with the best library that is exact; or what the model's products are rounded to.</param>
    /// <param name="device">Where the model is.</param>
    public MatmulPeak(VisionOptions vision, int batch, ScalarType type, Device device)
        : this(Products(vision), batch, Tokens(vision), type, device)
    {
    }

    /// <param name="products">D and E of each product of a block.</param>
    /// <param name="batch">B.</param>
    /// <param name="tokens">N.</param>
    /// <param name="type">As above.</param>
    /// <param name="device">Where the model is.</param>
    public MatmulPeak((long Inputs, long Outputs)[] products, int batch, long tokens, ScalarType type, Device device)
    {
        this.device = device;
        using var scope = NewDisposeScope();
        layers = Array.ConvertAll(
            products,
            size => (Random(batch, tokens, size.Inputs), Random(size.Outputs, size.Inputs), Random(size.Outputs)));
        fastest = (type == ScalarType.Float32 && device.type == DeviceType.CPU ? MatmulBackend.Exact : [MatmulBackend.Current])
            .ToDictionary(backend => backend, _ => Array.ConvertAll(layers, _ => double.MaxValue));
        Measure(1);                                             // the first call of a shape prepares it

        Tensor Random(params long[] shape) => rand(shape).to(type).to(device).DetachFromDisposeScope();
    }

    /// <summary>The best so far, 10^9 operations a second.</summary>
    public double Gflops
        => layers.Sum(layer => 2.0 * layer.Tokens.numel() * layer.Weight.shape[0]) / fastest.Values.Min(seconds => seconds.Sum()) / 1e9;

    /// <summary>One product as the peak is measured with: [B, N, D], [E, D] and [E] to [B, N, E].</summary>
    public static Tensor Multiply(Tensor tokens, Tensor weight, Tensor bias) => Affine.Apply(tokens, weight, bias);

    /// <summary>Repeats every product some times; leaves the library in use as it was.</summary>
    public void Measure(int rounds)
    {
        using var held = MatmulBackend.Hold();
        using var noGradient = no_grad();
        foreach (var (backend, seconds) in fastest)
        {
            MatmulBackend.Use(backend);
            for (var layer = 0; layer < layers.Length; layer++)
            {
                var (tokens, weight, bias) = layers[layer];
                for (var round = 0; round < rounds; round++)
                {
                    seconds[layer] = Math.Min(
                        seconds[layer],
                        DeviceWork.Seconds(device, () => Multiply(tokens, weight, bias).Dispose()));
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (tokens, weight, bias) in layers)
        {
            tokens.Dispose();
            weight.Dispose();
            bias.Dispose();
        }
    }

    private static long Tokens(VisionOptions vision)
    {
        var grid = (long)(vision.ImageSize / vision.PatchSize);
        return (grid * grid) + (vision.UseClassToken ? 1 : 0);
    }

    private static (long Inputs, long Outputs)[] Products(VisionOptions vision)
    {
        var (width, hidden) = ((long)vision.Width, (long)(vision.Width * vision.MlpRatio));
        return [(width, 3 * width), (width, width), (width, hidden), (hidden, width)];
    }
}

using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>Time and memory of a picture's encoding by SAM 2.1 and of the mask logits of a grid of points: a teacher's map.</summary>
/// <param name="EncodeSeconds">Fastest encoding of the picture.</param>
/// <param name="DecodeSeconds">Fastest pass over all points, their logits brought to a grid of 32 places a side.</param>
/// <param name="EncodeExtraBytes">How far resident memory rose in the encoding.</param>
/// <param name="DecodeExtraBytes">How far it rose in the decoding.</param>
public sealed record SegmentationBenchmark(double EncodeSeconds, double DecodeSeconds, long EncodeExtraBytes, long DecodeExtraBytes)
{
    private const int Places = 32;

    /// <summary>Points of the grid.</summary>
    public required int Points { get; init; }

    /// <summary>Side of the square input in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Bytes of the model's weights.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>What multiplied, such as <c>fp32 by mkl</c>.</summary>
    public required string Products { get; init; }

    /// <summary>Where it was computed: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Decoding over encoding.</summary>
    public double Ratio => DecodeSeconds / EncodeSeconds;

    /// <summary>Measures a published shape with random weights on a random picture of its own input size.</summary>
    /// <param name="preset">Published name, such as <c>SAM-2.1-large</c>.</param>
    /// <param name="pointsPerSide">Of the grid.</param>
    /// <param name="promptsAtOnce">Points that are decoded together.</param>
    /// <param name="precision">Element type of the weights and of what is computed with them.</param>
    /// <param name="compute">Device and matmul library; null for the defaults.</param>
    /// <exception cref="UserErrorException">Unknown preset, or a count below one.</exception>
    public static SegmentationBenchmark Run(
        string preset,
        int pointsPerSide = 32,
        int promptsAtOnce = 64,
        Precision precision = Precision.Auto,
        ComputeOptions? compute = null)
        => Run(SegmentationPresets.Find(preset), pointsPerSide, promptsAtOnce, precision, compute);

    /// <summary>The same of any shape.</summary>
    internal static SegmentationBenchmark Run(
        SegmentationOptions options,
        int pointsPerSide,
        int promptsAtOnce,
        Precision precision,
        ComputeOptions? compute)
    {
        if (pointsPerSide < 1 || promptsAtOnce < 1)
        {
            throw new UserErrorException($"bench: {pointsPerSide} points a side and {promptsAtOnce} at once must be at least 1.");
        }

        using var held = MatmulBackend.Hold();
        var device = (compute ?? new ComputeOptions()).Prepare();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = options.Build();
        model.to(device, precision.TypeOn(device));
        model.eval();
        using var segmenter = new Segmenter(model, device) { PromptsAtOnce = promptsAtOnce };
        var pixels = randint(0, 256, [3, options.ImageSize, options.ImageSize], uint8).to(device);
        var (encoding, encodingBytes) = LossBenchmark.Measure(device, () => segmenter.Encode(pixels).Dispose());
        using var picture = segmenter.Encode(pixels);
        var (decoding, decodingBytes) = LossBenchmark.Measure(
            device,
            () => segmenter.GridLogits(picture, pointsPerSide, Places, Places).Dispose());
        return new SegmentationBenchmark(encoding, decoding, encodingBytes, decodingBytes)
        {
            Points = pointsPerSide * pointsPerSide,
            ImageSize = options.ImageSize,
            WeightBytes = model.parameters().Sum(parameter => parameter.numel() * parameter.element_size()),
            Products = precision.Products(device),
            Device = device.ToString(),
        };
    }
}

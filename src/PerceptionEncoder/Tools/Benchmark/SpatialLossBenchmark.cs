using PerceptionEncoder.Losses;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>Time and memory of the pairwise loss of spatial alignment with its gradient, beside the step of its student.</summary>
/// <param name="TiledSeconds">Fastest pass in tiles.</param>
/// <param name="TiledExtraBytes">How far resident memory rose in tiles.</param>
/// <param name="DenseSeconds">Fastest pass on whole matrices, by autograd.</param>
/// <param name="DenseExtraBytes">How far it rose with whole matrices.</param>
/// <param name="StepSeconds">Fastest forward and backward pass of the student, without teacher, losses and optimiser.</param>
public sealed record SpatialLossBenchmark(
    double TiledSeconds,
    long TiledExtraBytes,
    double DenseSeconds,
    long DenseExtraBytes,
    double StepSeconds)
{
    /// <summary>Side of a tile unless told otherwise.</summary>
    public const int DefaultTile = SpatialLoss.DefaultTile;

    /// <summary>Patches of an image.</summary>
    public required long Tokens { get; init; }

    /// <summary>What multiplied in the student, such as <c>fp32 by mkl</c>; the loss is in float32.</summary>
    public required string Products { get; init; }

    /// <summary>Where all was computed: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    public required string Device { get; init; }

    /// <summary>The loss in tiles, as a share of the student's step.</summary>
    public double StepShare => TiledSeconds / StepSeconds;

    /// <summary>Measures on random images and maps.</summary>
    /// <param name="preset">Published model whose vision tower is the student.</param>
    /// <param name="batch">Images.</param>
    /// <param name="channels">Of the teacher's maps: 1,024 as published.</param>
    /// <param name="tile">Largest side of a matrix of similarities.</param>
    /// <param name="precision">Of the student.</param>
    /// <param name="compute">Device and matmul library; null for the defaults.</param>
    /// <exception cref="UserErrorException">Unknown preset, or a count below one.</exception>
    public static SpatialLossBenchmark Run(
        string preset,
        int batch,
        int channels,
        int tile,
        Precision precision = Precision.Auto,
        ComputeOptions? compute = null)
        => Run(ModelPresets.Find(preset).Vision, batch, channels, tile, precision, compute);

    /// <summary>The same for a tower of any shape.</summary>
    internal static SpatialLossBenchmark Run(
        VisionOptions tower,
        int batch,
        int channels,
        int tile,
        Precision precision,
        ComputeOptions? compute)
    {
        if (batch < 1 || channels < 1 || tile < 1)
        {
            throw new UserErrorException($"bench: batch {batch}, channels {channels} and tile {tile} must be at least 1.");
        }

        using var held = MatmulBackend.Hold();
        var device = (compute ?? new ComputeOptions()).Prepare();
        using var scope = NewDisposeScope();
        using var student = new VisionTransformer(tower with { Pooling = Pooling.None, OutputDim = null, UseLnPost = false });
        student.to(device);
        student.train();
        var images = randn(batch, 3, tower.ImageSize, tower.ImageSize).to(device);
        var tokens = TokensOf(student, images, precision).detach();
        var teacher = randn(batch, tokens.shape[1], channels).to(device);
        var gradient = randn_like(tokens);

        // The student first: what its passes take from the system stays with the process, and would count for the loss.
        var (step, _) = LossBenchmark.Measure(device, () => BackwardPass.Run(TokensOf(student, images, precision), gradient));
        var (tiled, tiledBytes) = LossBenchmark.Measure(
            device,
            () => SpatialPairLoss.Of(tokens, teacher, SpatialPairLoss.PublishedSharpness, tile));
        var (dense, denseBytes) = LossBenchmark.Measure(device, () => BackwardPass.Run(Dense(tokens.detach().requires_grad_(), teacher)));
        return new SpatialLossBenchmark(tiled, tiledBytes, dense, denseBytes, step)
        {
            Tokens = tokens.shape[1],
            Products = precision.Products(device),
            Device = device.ToString(),
        };
    }

    private static Tensor TokensOf(VisionTransformer student, Tensor images, Precision precision)
    {
        using var autocast = precision.Enter(images.device);
        return student.ForwardFeatures(images, stripClassToken: true);
    }

    /// <summary>The definition, on whole matrices.</summary>
    private static Tensor Dense(Tensor student, Tensor teacher)
    {
        using var scope = NewDisposeScope();
        var wanted = Cosines(teacher).sub_(Scalars.One).mul_(Scalars.Of(SpatialPairLoss.PublishedSharpness)).exp_();
        return nn.functional.mse_loss(Cosines(student), wanted).MoveToOuterDisposeScope();
    }

    private static Tensor Cosines(Tensor tokens)
    {
        var unit = nn.functional.normalize(tokens.to(float32), p: 2, dim: -1);
        return bmm(unit, unit.transpose(1, 2));
    }
}

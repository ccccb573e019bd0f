using System.Collections.Concurrent;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>
/// Two-dimensional rotary positions: the first half of the rotated channels turns with x, the second with y, in interleaved pairs.
/// With a class token the grid starts at 1 and the class token, at (0, 0), is not turned.
/// </summary>
/// <remarks>Perception Encoder, App. B.1.1. Nothing is learned, so there is no state-dict entry.</remarks>
internal sealed class Rope2D(int headSize, bool useClassToken, double theta = 10_000) : IDisposable
{
    // N tokens · h head size · r = rotated channels / 2, the number of pairs

    /// <summary>Tables kept, so that multi-resolution training builds each once and endless grid sizes do not pile up.</summary>
    private const int Capacity = 64;

    private readonly ConcurrentDictionary<(long Height, long Width, string Device), Tensor> tables = new();

    /// <summary>exp(i angle) for each token and pair of a grid, [N, r] complex64; kept for the next call.</summary>
    public Tensor Rotations(long gridHeight, long gridWidth, Device device)
    {
        if (tables.Count >= Capacity)
        {
            tables.Clear();
        }

        return tables.GetOrAdd((gridHeight, gridWidth, device.ToString()), _ =>
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var angles = Angles(gridHeight, gridWidth);
            return polar(ones_like(angles), angles).to(device).DetachFromDisposeScope();
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var table in tables.Values)
        {
            table.Dispose();
        }

        tables.Clear();
    }

    /// <summary>Angle of each token and pair, [N, r] float32: r/2 for x, then r/2 for y.</summary>
    internal Tensor Angles(long gridHeight, long gridWidth)
    {
        using var scope = NewDisposeScope();
        var start = useClassToken ? 1 : 0;
        var frequencies = Frequencies();
        var x = Numbers(start, gridWidth).unsqueeze(-1) * frequencies;             // [W, r/2]
        var y = Numbers(start, gridHeight).unsqueeze(-1) * frequencies;            // [H, r/2]
        var angles = cat([x.unsqueeze(0).expand(gridHeight, -1, -1), y.unsqueeze(1).expand(-1, gridWidth, -1)], -1).flatten(0, 1);
        if (useClassToken)
        {
            angles = cat([zeros(1, angles.shape[1]), angles], 0);
        }

        return angles.MoveToOuterDisposeScope();
    }

    /// <summary>theta^(-2i / d) with d = h/2 channels an axis, for i &lt; d/2; both divisions drop the remainder.</summary>
    internal Tensor Frequencies()
    {
        var channels = headSize / 2;
        using var scope = NewDisposeScope();
        var exponents = Numbers(0, channels / 2) * Scalars.Of(2) / Scalars.Of(channels);
        return pow(theta, exponents).reciprocal().MoveToOuterDisposeScope();
    }

    /// <summary>Whole numbers from a first one on, float32.</summary>
    private static Tensor Numbers(long first, long count) => arange(Scalars.Of(first), Scalars.Of(first + count), Scalars.One, float32);

    /// <summary>Turns each pair of channels by its angle; channels beyond the rotated ones pass through.</summary>
    /// <param name="heads">[..., N, h].</param>
    /// <param name="rotations">[N, r] complex64, or whatever else stretches to the pairs of <paramref name="heads"/>.</param>
    /// <returns>[..., N, h], the dtype of <paramref name="heads"/>.</returns>
    public static Tensor Rotate(Tensor heads, Tensor rotations)
    {
        using var scope = NewDisposeScope();
        var (size, rotated) = (heads.shape[^1], 2 * rotations.shape[^1]);
        var turning = rotated == size ? heads : heads.narrow(-1, 0, rotated).contiguous();
        // a pair is a complex number
        var pairs = turning.to(float32).unflatten(heads.dim() - 1, rotated / 2, 2).view_as_complex();
        var turned = (pairs * rotations).view_as_real().flatten(-2).to(heads.dtype);
        return (rotated == size ? turned : cat([turned, heads.narrow(-1, rotated, size - rotated)], -1)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <see cref="Rotate"/> into a tensor of any layout, with as few passes over memory as its dtype allows; not recorded by autograd.
    /// </summary>
    /// <param name="target">[..., N, h].</param>
    /// <param name="heads">[..., N, h], the dtype of <paramref name="target"/>.</param>
    /// <param name="rotations">[N, r] complex64.</param>
    public static void RotateInto(Tensor target, Tensor heads, Tensor rotations)
    {
        using var scope = NewDisposeScope();
        var rotated = 2 * rotations.shape[^1];
        if (heads.shape[^1] % 2 != 0)
        {
            target.copy_(Rotate(heads, rotations));             // odd heads do not pair up in memory
            return;
        }

        // bfloat16 has no complex numbers.
        var turning = target.dtype is ScalarType.Float32 or ScalarType.Float64
            ? target
            : empty(heads.shape, ScalarType.Float32, heads.device);
        turning.copy_(heads).narrow(-1, 0, rotated).unflatten(heads.dim() - 1, rotated / 2, 2).view_as_complex().mul_(rotations);
        if (!ReferenceEquals(turning, target))
        {
            target.copy_(turning);
        }
    }
}

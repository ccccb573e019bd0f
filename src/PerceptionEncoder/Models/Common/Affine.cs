using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>x Wᵀ + b in the precision of the pass.</summary>
internal static class Affine
{
    /// <param name="input">[..., D].</param>
    /// <param name="weight">[E, D].</param>
    /// <param name="bias">[E], or null for none.</param>
    /// <returns>[..., E], a tensor of its own.</returns>
    public static Tensor Apply(Tensor input, Tensor weight, Tensor? bias) => Apply(input, weight, bias, flat: CpuKind.HasTiles);

    /// <summary>
    /// The same, of flat rows or not: torch then adds the bias in the product or after it. The first is faster with AMX, the second
    /// without.
    /// </summary>
    internal static Tensor Apply(Tensor input, Tensor weight, Tensor? bias, bool flat)
    {
        using var scope = NewDisposeScope();
        var (w, b) = (Autocast.Cast(weight), bias is null ? null : Autocast.Cast(bias));
        if (RowProduct.Serves(input, w))
        {
            var few = RowProduct.Apply(input, w);
            return (b is null ? few : few.add_(b, Scalars.One)).MoveToOuterDisposeScope();
        }

        if (!flat || input.dim() < 3 || !input.is_contiguous())
        {
            return nn.functional.linear(input, w, b).MoveToOuterDisposeScope();
        }

        var rows = nn.functional.linear(input.flatten(0, -2), w, b);
        return rows.view([.. input.shape[..^1], rows.shape[1]]).MoveToOuterDisposeScope();
    }

    /// <summary>The same by a module that holds weight and bias.</summary>
    public static Tensor Apply(Tensor input, LinearLayer layer) => Apply(input, layer.Weight, layer.Bias);
}

using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Clip;

/// <summary>Carries tensors named like weights from one position grid to another [2.1, progressive resolution].</summary>
public static class StateCarrier
{
    private const string PositionsName = "visual.positional_embedding";

    /// <summary>Copies a tensor into one of the same name; absolute positions of another grid are interpolated.</summary>
    /// <param name="name">State-dict name, or one that ends in it, such as that of an optimiser moment.</param>
    /// <param name="source">Any shape; [positions, width] for absolute positions.</param>
    /// <param name="target">Filled in place.</param>
    /// <param name="useClassToken">Whether the first position is the class token's.</param>
    public static void Copy(string name, Tensor source, Tensor target, bool useClassToken)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (name.EndsWith(PositionsName, StringComparison.Ordinal) && source.shape[0] != target.shape[0])
        {
            var side = (long)Math.Sqrt(target.shape[0] - (useClassToken ? 1 : 0));
            source = AbsolutePositions.At(source, useClassToken, side, side);
        }

        target.copy_(source);
    }
}

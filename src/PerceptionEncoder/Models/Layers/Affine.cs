using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Layers;

/// <summary>x Wᵀ + b in the precision of the pass.</summary>
internal static class Affine
{
    /// <param name="input">[..., D].</param>
    /// <param name="weight">[E, D].</param>
    /// <param name="bias">[E].</param>
    /// <returns>[..., E], a tensor of its own.</returns>
    public static Tensor Apply(Tensor input, Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        return nn.functional.linear(input, Autocast.Cast(weight), Autocast.Cast(bias)).MoveToOuterDisposeScope();
    }

    /// <summary>The same by a module that holds weight and bias.</summary>
    public static Tensor Apply(Tensor input, Linear layer) => Apply(input, layer.weight, layer.bias!);
}

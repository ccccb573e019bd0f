using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>The two operators that every matrix product of a model goes through.</summary>
/// <param name="Linear">x Wᵀ + b: [..., D], [E, D] and [E] or null to [..., E].</param>
/// <param name="Product">[..., N, K] and [..., K, M] to [..., N, M].</param>
internal sealed record MatmulProducts(Func<Tensor, Tensor, Tensor?, Tensor> Linear, Func<Tensor, Tensor, Tensor> Product)
{
    /// <summary>torch's, by the library in use.</summary>
    public static MatmulProducts Torch { get; } = new((input, weight, bias) => nn.functional.linear(input, weight, bias), matmul);
}

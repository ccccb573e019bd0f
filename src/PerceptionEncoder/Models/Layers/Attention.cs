using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Models.Layers;

/// <summary>softmax(q kᵀ / √h) v, by the faster of two equal ways.</summary>
internal static class Attention
{
    /// <summary>
    /// Up to this many tokens a CPU is faster with two plain matrix products than with the fused kernel, though the products
    /// keep the [N, N] weights of every head; beyond, memory decides.
    /// </summary>
    private const long ExplicitLimit = 1024;

    // B batch · H heads · N tokens · h = D/H

    /// <summary>Each of query, key, value [B, H, N, h]; causal: token n sees tokens up to n.</summary>
    /// <returns>[B, H, N, h].</returns>
    public static Tensor Apply(Tensor query, Tensor key, Tensor value, bool causal)
    {
        var length = query.shape[2];
        return query.device_type != TorchSharp.DeviceType.CPU || length > ExplicitLimit
            ? functional.scaled_dot_product_attention(query, key, value, is_casual: causal)
            : Explicit(query, key, value, causal);
    }

    private static Tensor Explicit(Tensor query, Tensor key, Tensor value, bool causal)
    {
        using var scope = NewDisposeScope();
        var (batch, heads, length, size) = (query.shape[0], query.shape[1], query.shape[2], query.shape[3]);
        var scores = bmm(Fold(query * (1 / Math.Sqrt(size))), Fold(key).transpose(1, 2));
        if (causal)
        {
            scores.add_(CausalMask(length, query.device).to(scores.dtype));
        }

        return bmm(scores.softmax(-1), Fold(value)).view(batch, heads, length, size).MoveToOuterDisposeScope();

        Tensor Fold(Tensor heads4) => heads4.reshape(-1, length, size);
    }

    /// <summary>[N, N]: zero where a token may look, minus infinity at later tokens.</summary>
    private static Tensor CausalMask(long length, Device device) => full(length, length, float.NegativeInfinity, device: device).triu_(1);
}

using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Models.Common;

/// <summary>softmax(q kᵀ / √h) v of all heads, q and k rotated first, by the faster of two equal ways.</summary>
internal static class Attention
{
    /// <summary>
    /// Up to this many tokens a CPU is faster with two plain matrix products than with the fused kernel, though they keep the [N, N]
    /// weights of every head. The kernel multiplies by MKL and by AMX: where these are fast it wins early, elsewhere memory decides.
    /// </summary>
    internal static readonly long ExplicitLimit = CpuKind.MklIsSlow ? 1024 : 256;

    // B batch · N tokens · H heads · h head size

    /// <param name="projected">[B, N, 3, H, h]: queries, keys, values.</param>
    /// <param name="rotations">Of <see cref="Rope2D"/>, or null.</param>
    /// <param name="causal">Token n sees tokens up to n.</param>
    /// <returns>[B, N, H * h].</returns>
    public static Tensor Apply(Tensor projected, Tensor? rotations, bool causal)
        => projected.device_type == TorchSharp.DeviceType.CPU && projected.shape[1] <= ExplicitLimit
            ? CpuAttention.Apply(projected, rotations, causal)
            : Fused(projected, rotations, causal);

    /// <summary>The softmax itself, for pictures of it.</summary>
    /// <param name="projected">[B, N, 3, H, h]: queries, keys, values.</param>
    /// <param name="rotations">Of <see cref="Rope2D"/>, or null.</param>
    /// <param name="causal">Token n sees tokens up to n.</param>
    /// <returns>[B, H, N, N]; every row sums to 1.</returns>
    public static Tensor Weights(Tensor projected, Tensor? rotations, bool causal)
    {
        using var scope = NewDisposeScope();
        var (q, k, _) = Heads(projected, rotations);
        var scores = matmul(q / Scalars.Of(Math.Sqrt(q.shape[^1])), k.transpose(-2, -1));
        if (causal)
        {
            scores = scores.add(CausalMask(q.shape[^2], scores.dtype, scores.device), Scalars.One);
        }

        return scores.softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>[N, N]: zero where a token may look, minus infinity at later tokens.</summary>
    public static Tensor CausalMask(long length, ScalarType type, Device device)
        => full(length, length, Scalars.Of(double.NegativeInfinity), type, device).triu_(1);

    internal static Tensor Fused(Tensor projected, Tensor? rotations, bool causal)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = Heads(projected, rotations);
        return functional.scaled_dot_product_attention(q, k, v, is_casual: causal).transpose(1, 2).flatten(2).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Each [B, H, N, h], queries and keys rotated, in the caller's dispose scope. They are views of [B, N, ., H, h]: so the kernel's
    /// output and the gradient of all three lie in memory as the linear layers around them take it.
    /// </summary>
    private static (Tensor Query, Tensor Key, Tensor Value) Heads(Tensor projected, Tensor? rotations)
    {
        if (rotations is null)
        {
            var all = projected.unbind(2);
            return (Lay(all[0]), Lay(all[1]), Lay(all[2]));
        }

        // Queries and keys lie side by side and are turned in one pass.
        var parts = projected.split([2, 1], 2);
        var ofToken = rotations.dim() == 2 ? rotations : rotations.squeeze(1);          // [N, r], or [B, N, r]
        var turned = Rope2D.Rotate(parts[0], ofToken.unsqueeze(-2).unsqueeze(-2)).unbind(2);
        return (Lay(turned[0]), Lay(turned[1]), Lay(parts[1].squeeze(2)));

        static Tensor Lay(Tensor tokens) => tokens.transpose(1, 2);
    }
}

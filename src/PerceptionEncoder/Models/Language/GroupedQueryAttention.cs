using PerceptionEncoder.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>Causal self-attention in which each head of keys and values serves several heads of queries.</summary>
internal sealed class GroupedQueryAttention : nn.Module<Tensor, AttentionPass, Tensor>
{
    private readonly int heads;
    private readonly int shared;
    private readonly int size;

    [ComponentName(Name = "wq")]
    private readonly Projection query;

    [ComponentName(Name = "wk")]
    private readonly Projection key;

    [ComponentName(Name = "wv")]
    private readonly Projection value;

    [ComponentName(Name = "wo")]
    private readonly Projection output;

    public GroupedQueryAttention(DecoderOptions options)
        : base(nameof(GroupedQueryAttention))
    {
        (heads, shared, size) = (options.Heads, options.KeyValueHeads, options.HeadSize);
        var deviation = Math.Pow(options.Width, -0.5);
        query = new Projection(options.Width, heads * size, deviation, options.QkvBias);
        key = new Projection(options.Width, shared * size, deviation, options.QkvBias);
        value = new Projection(options.Width, shared * size, deviation, options.QkvBias);
        output = new Projection(heads * size, options.Width, Math.Pow(heads * size * 2.0 * options.Layers, -0.5));
        RegisterComponents();
    }

    // B batch · L new tokens · S tokens that are seen · H query heads · K key and value heads · G = H / K · h head size

    /// <param name="tokens">[B, L, D].</param>
    /// <param name="pass">What all blocks share.</param>
    /// <returns>[B, L, D], a tensor of its own.</returns>
    public override Tensor forward(Tensor tokens, AttentionPass pass)
    {
        using var scope = NewDisposeScope();
        var q = Rotary.Turn(Split(query.call(tokens), heads), pass.Rotations);
        var k = Rotary.Turn(Split(key.call(tokens), shared), pass.Rotations).transpose(1, 2);       // [B, K, L, h]
        var v = Split(value.call(tokens), shared).transpose(1, 2);
        if (pass.Cache is { } cache)
        {
            (k, v) = cache.Append(pass.Layer, k, v);
        }

        var context = AttentionMask.IsExplicit(q.shape[1], q.device) ? Explicit(q, k, v, pass.Mask) : Fused(q, k, v, pass.Mask);
        return output.call(context).MoveToOuterDisposeScope();
    }

    private Tensor Split(Tensor projected, int count) => projected.view(projected.shape[0], projected.shape[1], count, size);

    /// <summary>Two matrix products; the queries that share a head are rows of one.</summary>
    private Tensor Explicit(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var (batch, length, group) = (q.shape[0], q.shape[1], heads / shared);
        var rows = q.mul(Scalars.Of(1 / Math.Sqrt(size))).view(batch, length, shared, group, size)
            .permute(0, 2, 3, 1, 4).reshape(batch, shared, group * length, size);
        var scores = matmul(rows, k.transpose(2, 3));                                              // [B, K, G * L, S]
        if (mask is not null)
        {
            // [1 or B, 1, 1, L, S]
            scores = scores.view(batch, shared, group, length, -1).add(mask, Scalars.One).view(scores.shape);
        }

        return matmul(scores.softmax(-1), v).view(batch, shared, group, length, size)
            .permute(0, 3, 1, 2, 4).reshape(batch, length, heads * size).MoveToOuterDisposeScope();
    }

    /// <summary>The fused kernel, for sequences whose scores would take too much memory.</summary>
    private Tensor Fused(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var context = nn.functional.scaled_dot_product_attention(
            q.transpose(1, 2),
            Spread(k),
            Spread(v),
            mask?.squeeze(2),
            is_casual: mask is null);
        return context.transpose(1, 2).reshape(q.shape[0], q.shape[1], heads * size).MoveToOuterDisposeScope();
    }

    private Tensor Spread(Tensor kept)
        => kept.unsqueeze(2).expand(-1, -1, heads / shared, -1, -1).reshape(kept.shape[0], heads, kept.shape[2], size);
}

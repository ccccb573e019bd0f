using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>
/// Attention of the mask decoder: of a prompt's few tokens among each other, to the many tokens of the picture, or of those to the few.
/// </summary>
/// <remarks>
/// facebookresearch/sam2, sam2/modeling/sam/transformer.py: names and formulas only. There every token of the picture is projected, anew
/// for each prompt. Here the projection is applied to the other side, as (W x) · k = x · (Wᵀ k) and Σ p (W x) = W (Σ p x): a prompt
/// has some eight tokens with eight heads, fewer rows than the projection has channels, so that this is less than half of the work and
/// nothing of the picture's size but its tokens themselves is kept.
/// </remarks>
internal sealed class TokenAttention : nn.Module
{
    private readonly int heads;
    private readonly long inner;

    [ComponentName(Name = "q_proj")]
    private readonly LinearLayer query;

    [ComponentName(Name = "k_proj")]
    private readonly LinearLayer key;

    [ComponentName(Name = "v_proj")]
    private readonly LinearLayer value;

    [ComponentName(Name = "out_proj")]
    private readonly LinearLayer output;

    public TokenAttention(long width, long inner, int heads)
        : base(nameof(TokenAttention))
    {
        (this.heads, this.inner) = (heads, inner);
        query = new LinearLayer(width, inner);
        key = new LinearLayer(width, inner);
        value = new LinearLayer(width, inner);
        output = new LinearLayer(inner, width);
        RegisterComponents();
    }

    // P prompts · T tokens of a prompt · N tokens of the picture · D width · H heads · I inner width · c = I/H

    /// <summary>A prompt's tokens among each other.</summary>
    /// <param name="places">[P, T, D], what is compared.</param>
    /// <param name="values">[P, T, D], what is handed on.</param>
    /// <returns>[P, T, D].</returns>
    public Tensor Among(Tensor places, Tensor values)
    {
        using var scope = NewDisposeScope();
        var context = nn.functional.scaled_dot_product_attention(
            Heads(Affine.Apply(places, query)),
            Heads(Affine.Apply(places, key)),
            Heads(Affine.Apply(values, value)));                                          // [P, H, T, c]
        return Affine.Apply(context.transpose(1, 2).flatten(2), output).MoveToOuterDisposeScope();
    }

    /// <summary>A prompt's tokens look at the picture.</summary>
    /// <param name="tokens">[P, T, D].</param>
    /// <param name="picture">[P, N, D], or [1, N, D] for all prompts.</param>
    /// <param name="positions">Of the picture's tokens, [N, D].</param>
    /// <returns>[P, T, D].</returns>
    public Tensor ToPicture(Tensor tokens, Tensor picture, Tensor positions)
    {
        using var scope = NewDisposeScope();
        var (prompts, length) = (tokens.shape[0], tokens.shape[1]);
        var weights = Scores(Affine.Apply(tokens, query), key, picture, positions).softmax(-1);
        var seen = Product(weights.view(prompts, heads * length, -1), picture)            // [P, H * T, D]
            .view(prompts, heads, length, -1).transpose(0, 1).flatten(1, 2);              // [H, P * T, D]
        var context = bmm(seen, ByHead(value).transpose(1, 2))                            // [H, P * T, c]
            .view(heads, prompts, length, -1).permute(1, 2, 0, 3).reshape(prompts, length, inner);
        return Affine.Apply(context.add_(value.Bias, Scalars.One), output).MoveToOuterDisposeScope();
    }

    /// <summary>The picture's tokens look at those of each prompt.</summary>
    /// <param name="picture">[P, N, D], or [1, N, D] for all prompts.</param>
    /// <param name="positions">Of the picture's tokens, [N, D].</param>
    /// <param name="places">[P, T, D], what is compared.</param>
    /// <param name="values">[P, T, D], what is handed on.</param>
    /// <returns>[P, N, D].</returns>
    public Tensor FromPicture(Tensor picture, Tensor positions, Tensor places, Tensor values)
    {
        using var scope = NewDisposeScope();
        var (prompts, length) = (places.shape[0], places.shape[1]);
        var weights = Scores(Affine.Apply(places, key), query, picture, positions).softmax(2);
        var handed = Affine.Apply(values, value).view(prompts, length, heads, -1).permute(2, 0, 1, 3).flatten(1, 2);
        var byHead = output.Weight.view(-1, heads, inner / heads).permute(1, 2, 0);       // [H, c, D]
        var outputs = bmm(handed, byHead).view(heads, prompts, length, -1).transpose(0, 1).reshape(prompts, heads * length, -1);
        var result = bmm(weights.view(prompts, heads * length, -1).transpose(1, 2), outputs);
        return result.add_(output.Bias, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <param name="side">Projected tokens of the prompts, [P, T, I].</param>
    /// <param name="layer">Projects the picture's tokens.</param>
    /// <param name="picture">[P, N, D], or [1, N, D].</param>
    /// <param name="positions">[N, D].</param>
    /// <returns>[P, H, T, N].</returns>
    private Tensor Scores(Tensor side, LinearLayer layer, Tensor picture, Tensor positions)
    {
        using var scope = NewDisposeScope();
        var (prompts, length) = (side.shape[0], side.shape[1]);
        var scaled = side.mul(Scalars.Of(1 / Math.Sqrt((double)inner / heads)))
            .view(prompts, length, heads, -1).permute(2, 0, 1, 3).reshape(heads, prompts * length, -1);                   // [H, P * T, c]
        var folded = bmm(scaled, ByHead(layer))
            .view(heads, prompts, length, -1).transpose(0, 1).reshape(prompts, heads * length, -1);                       // [P, H * T, D]
        var ofPositions = Affine.Apply(positions, layer).view(-1, heads, inner / heads).permute(1, 2, 0);                 // [H, c, N]
        var scores = Product(folded, picture.transpose(1, 2)).view(prompts, heads, length, -1);
        return scores.add_(bmm(scaled, ofPositions).view(heads, prompts, length, -1).transpose(0, 1), Scalars.One)
            .MoveToOuterDisposeScope();
    }

    /// <summary>[P, R, A] by [P or 1, A, B]: what is one for all prompts is multiplied once.</summary>
    private static Tensor Product(Tensor left, Tensor right)
        => right.shape[0] == left.shape[0] ? bmm(left, right)
            : matmul(left.flatten(0, 1), right[0]).view(left.shape[0], left.shape[1], -1);

    /// <summary>[H, c, D].</summary>
    private Tensor ByHead(LinearLayer layer) => layer.Weight.view(heads, inner / heads, -1);

    /// <summary>[P, H, T, c].</summary>
    private Tensor Heads(Tensor projected) => projected.view(projected.shape[0], projected.shape[1], heads, -1).transpose(1, 2);
}

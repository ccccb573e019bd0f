using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

// B images · N tokens · D width
/// <summary>
/// Tokens at unit length, and the way back from them. As published no small number is added to lengths; a token of length 0 has no
/// direction: its cosines are 0, and no gradient reaches it.
/// </summary>
/// <param name="Unit">[B, N, D].</param>
/// <param name="InverseLength">[B, N, 1].</param>
internal sealed record SpatialDirections(Tensor Unit, Tensor InverseLength)
{
    /// <summary>Of [B, N, D], in float32, or in float64 where they are.</summary>
    public static SpatialDirections Of(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var exact = tokens.detach().to(tokens.dtype == ScalarType.Float64 ? float64 : float32);
        var squares = (exact * exact).sum(-1, keepdim: true);
        var inverse = squares.rsqrt().masked_fill_(squares.eq(Scalars.Of(0)), Scalars.Of(0));
        return new SpatialDirections((exact * inverse).MoveToOuterDisposeScope(), inverse.MoveToOuterDisposeScope());
    }

    /// <summary>The derivative by the tokens, from that by their directions.</summary>
    /// <param name="byUnit">[B, N, D].</param>
    /// <returns>[B, N, D]: at right angles to each token, as a longer token has the same cosines.</returns>
    public Tensor Gradient(Tensor byUnit)
    {
        using var scope = NewDisposeScope();
        return (byUnit - (Unit * (byUnit * Unit).sum(-1, keepdim: true))).mul_(InverseLength).MoveToOuterDisposeScope();
    }
}

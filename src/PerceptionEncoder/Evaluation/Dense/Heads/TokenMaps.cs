using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Heads;

// B images · P patches = h w · D width
/// <summary>Tokens of patches as maps, which is what dense heads see.</summary>
internal static class TokenMaps
{
    /// <summary>Puts tokens where their patches are.</summary>
    /// <param name="tokens">[B, P, D], row by row.</param>
    /// <param name="height">Patches down.</param>
    /// <param name="width">Patches across.</param>
    /// <returns>[B, D, h, w], a view.</returns>
    public static Tensor Of(Tensor tokens, long height, long width)
    {
        using var scope = NewDisposeScope();
        return tokens.transpose(1, 2).reshape(tokens.shape[0], tokens.shape[2], height, width).MoveToOuterDisposeScope();
    }

    /// <summary>Several layers as one map: each behind the other, and behind each its class token at every place.</summary>
    /// <param name="maps">[B, D, h, w] each; those of another size than the first are brought to it, bilinearly.</param>
    /// <param name="classTokens">[B, D] each; null for none.</param>
    /// <returns>[B, sum of D, h, w] of the first.</returns>
    public static Tensor Join(IReadOnlyList<Tensor> maps, IReadOnlyList<Tensor>? classTokens = null)
    {
        using var scope = NewDisposeScope();
        var size = maps[0].shape[2..];
        return cat(
            [
                .. maps.SelectMany((map, layer) =>
                {
                    var here = Resize(map, size);
                    return classTokens is null
                        ? new[] { here }
                        : [here, classTokens[layer].unsqueeze(-1).unsqueeze(-1).expand(-1, -1, size[0], size[1])];
                }),
            ],
            dim: 1).MoveToOuterDisposeScope();
    }

    /// <summary>Brings a map to a size, bilinearly between the middles of its places.</summary>
    /// <param name="map">[B, D, h, w].</param>
    /// <param name="size">Height and width.</param>
    public static Tensor Resize(Tensor map, long[] size) => map.shape.AsSpan(2).SequenceEqual(size)
        ? map.alias()
        : nn.functional.interpolate(map, size, mode: InterpolationMode.Bilinear, align_corners: false);
}

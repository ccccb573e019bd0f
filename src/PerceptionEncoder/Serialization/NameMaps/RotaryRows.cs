using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.NameMaps;

/// <summary>
/// Rows of a projection to heads in the two orders that exist: pairs of channels that turn together side by side (Meta), or half a head
/// apart (Hugging Face).
/// </summary>
internal static class RotaryRows
{
    /// <param name="pairs">[heads * h, ...], pairs side by side.</param>
    /// <param name="headSize">h, even.</param>
    /// <returns>The same rows, pairs half a head apart.</returns>
    public static Tensor ToHalves(Tensor pairs, int headSize) => Swap(pairs, headSize / 2, 2);

    /// <summary>The way back from <see cref="ToHalves"/>.</summary>
    public static Tensor ToPairs(Tensor halves, int headSize) => Swap(halves, 2, headSize / 2);

    private static Tensor Swap(Tensor rows, long outer, long inner)
    {
        using var scope = NewDisposeScope();
        var size = outer * inner;
        return rows.shape[0] % size != 0
            ? throw new UserErrorException($"{rows.shape[0]} rows of a projection are no whole number of heads of {size} channels. "
                + "The config beside the weights is of another model.")
            : rows.view([rows.shape[0] / size, outer, inner, .. rows.shape[1..]]).transpose(1, 2).reshape(rows.shape)
                .MoveToOuterDisposeScope();
    }
}

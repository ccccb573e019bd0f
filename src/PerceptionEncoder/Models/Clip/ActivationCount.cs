using PerceptionEncoder.Models.Common;

namespace PerceptionEncoder.Models.Clip;

/// <summary>
/// Bytes that a pass leaves behind for its backward pass, operator by operator: what autograd saves of each block, and of what stands
/// before and behind the blocks. A recomputed block keeps its input alone; what is computed again in the backward pass fits where the last
/// block's activations were.
/// </summary>
/// <param name="Narrow">Bytes of a number in matrix products: 2 in bf16, 4 in float32.</param>
/// <param name="IsCpu">Attention over few tokens then keeps its weights.</param>
internal sealed record ActivationCount(int Narrow, bool IsCpu)
{
    // N tokens · D width · M hidden width of the MLP · H heads · P patches · p patch side
    private const double Stream = sizeof(float);            // residuals and norms are float32 throughout
    private const int Channels = 3;

    /// <summary>One image.</summary>
    /// <param name="options">The tower.</param>
    /// <param name="side">Of the square image, in pixels.</param>
    /// <param name="recomputeEvery">Every so many-th block is computed again; 0 for none.</param>
    /// <param name="frozenLayers">The first so many blocks keep nothing, nor does what is before them.</param>
    public double Vision(VisionOptions options, int side, int recomputeEvery, int frozenLayers = 0)
    {
        ArgumentNullException.ThrowIfNull(options);
        double patches = side / options.PatchSize * (double)(side / options.PatchSize);
        var tokens = Math.Max(1, Math.Round(patches * (1 - options.PatchDropout))) + (options.UseClassToken ? 1 : 0);
        double d = options.Width;
        var pixels = (sizeof(float) + Narrow) * (double)Channels * side * side;
        var before = frozenLayers > 0 ? 0 : pixels + (options.UseLnPre ? Stream * (patches + 1) * d : 0);
        var behind = options.UseLnPost ? (Stream + Narrow) * tokens * d : 0;
        var block = tokens * Block(
            d,
            options.MlpRatio,
            options.Heads,
            tokens,
            options.UseRope2D,
            options.LayerScale is not null);
        return before + behind + Blocks(options.Layers - frozenLayers, block, Stream * tokens * d, recomputeEvery);
    }

    /// <summary>One caption.</summary>
    /// <param name="options">The tower.</param>
    /// <param name="length">Positions that are computed.</param>
    /// <param name="recomputeEvery">Every so many-th block is computed again; 0 for none.</param>
    /// <param name="frozenLayers">The first so many blocks keep nothing.</param>
    public double Text(TextOptions options, int length, int recomputeEvery, int frozenLayers = 0)
    {
        ArgumentNullException.ThrowIfNull(options);
        double d = options.Width;
        var block = length * Block(d, options.MlpRatio, options.Heads, length, rotates: false, scales: false);
        return (Stream * length * d) + Blocks(options.Layers - frozenLayers, block, Stream * length * d, recomputeEvery);
    }

    /// <summary>As <see cref="BlockStack"/> chooses: the last block is never computed again.</summary>
    private static double Blocks(int layers, double kept, double recomputed, int recomputeEvery)
        => Enumerable.Range(0, Math.Max(0, layers))
            .Sum(layer => recomputeEvery > 0 && layer < layers - 1 && layer % recomputeEvery == 0 ? recomputed : kept);

    /// <summary>Of one token.</summary>
    private double Block(double d, double mlpRatio, int heads, double tokens, bool rotates, bool scales)
    {
        var norms = 2 * (Stream + Narrow) * d;                                  // input of each and, for the product behind it, output
        var attention = IsCpu && tokens <= Attention.ExplicitLimit
            ? Narrow * ((4 * d) + (heads * tokens))                             // heads laid out anew, their sum, and the weights
            : (Narrow * (rotates ? 6 : 4) * d) + (sizeof(float) * heads);       // q, k, v, turned q and k beside them, the sum; log Σ exp
        var mlp = 2 * Narrow * (int)(d * mlpRatio);                             // before and after GELU
        return norms + attention + mlp + (scales ? 2 * Narrow * d : 0);
    }
}

namespace PerceptionEncoder.Models.Clip;

/// <summary>
/// Floating-point operations of the matrix products a tower performs, two for each multiply-add: what a share of the machine's peak is
/// measured with. Norms, activations, softmax and rotations are left out, as is usual, and work that the towers save (projections of the
/// pooling's keys and values) is not counted either.
/// </summary>
internal static class FlopCount
{
    // P patches · N tokens · D width · M hidden width of the MLP

    /// <summary>One image forward.</summary>
    /// <param name="options">The tower.</param>
    /// <param name="height">Image height in pixels.</param>
    /// <param name="width">Image width in pixels.</param>
    public static double Vision(VisionOptions options, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(options);
        double d = options.Width;
        double patches = height / options.PatchSize * (double)(width / options.PatchSize);
        var tokens = patches + (options.UseClassToken ? 1 : 0);
        var embedding = 2 * patches * 3 * options.PatchSize * options.PatchSize * d;
        var pooling = options.Pooling == Pooling.Attention
            ? (4 * tokens * d * options.PoolingHeads) + (4 * d * d) + (16 * d * d) // scores and sum, value and output projection, MLP
            : 0;
        var projected = options.Pooling == Pooling.None ? tokens : 1;
        return embedding + (options.Layers * Block(tokens, d, (int)(d * options.MlpRatio))) + pooling
            + (2 * projected * d * (options.OutputDim ?? 0));
    }

    /// <summary>One caption forward.</summary>
    /// <param name="options">The tower.</param>
    /// <param name="length">Positions that are computed.</param>
    public static double Text(TextOptions options, int length)
    {
        ArgumentNullException.ThrowIfNull(options);
        double d = options.Width;
        return (options.Layers * Block(length, d, (int)(d * options.MlpRatio))) + (2 * d * options.OutputDim);
    }

    /// <summary>Four D x D projections, the two of the MLP, and scores and weighted sum of the attention.</summary>
    private static double Block(double n, double d, double m) => (8 * n * d * d) + (4 * n * d * m) + (4 * n * n * d);
}

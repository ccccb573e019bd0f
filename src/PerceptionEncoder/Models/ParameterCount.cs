using PerceptionEncoder.Models.Text;
using PerceptionEncoder.Models.Vision;

namespace PerceptionEncoder.Models;

/// <summary>Trainable numbers of a model, from its options alone: nothing is allocated and no native library is loaded.</summary>
public static class ParameterCount
{
    /// <summary>Both towers and the logit scale.</summary>
    public static long Clip(ClipOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Vision(options.Vision) + Text(options.Text) + 1;
    }

    /// <summary>The vision tower.</summary>
    public static long Vision(VisionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        long d = options.Width;
        var grid = options.ImageSize / options.PatchSize;
        var classToken = options.UseClassToken ? 1 : 0;
        var embedding = (3 * options.PatchSize * options.PatchSize * d) + (classToken * d) + (options.UseAbsolutePositions ? (classToken + (grid * grid)) * d : 0);
        var norms = ((options.UseLnPre ? 1 : 0) + (options.UseLnPost ? 1 : 0)) * Norm(d);
        var pooling = options.Pooling == Pooling.Attention ? d + Attention(d) + Norm(d) + Mlp(d, 4 * d) : 0;
        var scales = options.LayerScale is null ? 0 : 2 * d;
        return embedding + norms + (options.Layers * (Block(d, options.MlpRatio) + scales)) + pooling + (d * (options.OutputDim ?? 0));
    }

    /// <summary>The text tower.</summary>
    public static long Text(TextOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        long d = options.Width;
        return ((options.VocabularySize + options.ContextLength) * d) + (options.Layers * Block(d, options.MlpRatio)) + Norm(d) + (d * options.OutputDim);
    }

    private static long Block(long d, double mlpRatio) => Attention(d) + Mlp(d, (int)(d * mlpRatio)) + (2 * Norm(d));

    private static long Attention(long d) => (4 * d * d) + (4 * d);

    private static long Mlp(long d, long hidden) => (2 * d * hidden) + hidden + d;

    private static long Norm(long d) => 2 * d;
}

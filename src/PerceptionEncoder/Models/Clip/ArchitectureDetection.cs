using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Models.Clip;

/// <summary>Finds out what model a weights file holds, from the names and shapes of its tensors.</summary>
internal static class ArchitectureDetection
{
    private const string Blocks = "transformer.resblocks.";

    /// <summary>The architecture that names and shapes of tensors make up.</summary>
    /// <param name="weights">Tensors under published names.</param>
    /// <exception cref="UserErrorException">They do not tell; says which.</exception>
    public static ClipArchitecture Of(TensorFile weights) => new(Vision(weights), Text(weights));

    private static VisionOptions Vision(TensorFile weights)
    {
        var kernel = Shape(weights, "visual.conv1.weight", rank: 4);
        var (width, patch) = ((int)kernel[0], (int)kernel[3]);
        var useClassToken = Has(weights, "visual.class_embedding");
        var outputDim = Has(weights, "visual.proj") ? (int?)Shape(weights, "visual.proj", rank: 2)[1] : null;
        var pooled = Has(weights, "visual.attn_pool.probe");
        if (outputDim is not null && !pooled)
        {
            throw Untold(weights, "its vision tower projects without attention pooling, so that the pooling is not known");
        }

        return new VisionOptions
        {
            Width = width,
            PatchSize = patch,
            ImageSize = (int)Math.Min(
                int.MaxValue,
                (long)patch * (Has(weights, "visual.positional_embedding") ? Grid(weights, useClassToken) : 1)),
            Layers = Layers(weights, "visual."),
            Heads = ModelPresets.Names.Select(name => ModelPresets.Find(name).Vision).FirstOrDefault(preset => preset.Width == width)?.Heads
                ?? throw Untold(weights, $"no published vision tower has its width of {width}, so that the number of heads is not known"),
            MlpRatio = MlpRatio(weights, "visual.", width),
            UseClassToken = useClassToken,
            UseAbsolutePositions = Has(weights, "visual.positional_embedding"),
            UseLnPre = Has(weights, "visual.ln_pre.weight"),
            UseLnPost = Has(weights, "visual.ln_post.weight"),
            LayerScale = Has(weights, $"visual.{Blocks}0.ls_1.gamma") ? 0.1 : null,
            Pooling = pooled ? Pooling.Attention : Pooling.None,
            OutputDim = outputDim,
        };
    }

    private static TextOptions? Text(TensorFile weights)
    {
        if (!Has(weights, "token_embedding.weight"))
        {
            return null;
        }

        var embedding = Shape(weights, "token_embedding.weight", rank: 2);
        var width = (int)embedding[1];
        return new TextOptions
        {
            Width = width,
            VocabularySize = (int)embedding[0],
            ContextLength = (int)Shape(weights, "positional_embedding", rank: 2)[0],
            Layers = Layers(weights, ""),
            Heads = ModelPresets.Names.Select(name => ModelPresets.Find(name).Text).FirstOrDefault(preset => preset?.Width == width)?.Heads
                ?? throw Untold(weights, $"no published text tower has its width of {width}, so that the number of heads is not known"),
            MlpRatio = MlpRatio(weights, "", width),
            OutputDim = (int)Shape(weights, "text_projection", rank: 2)[1],
        };
    }

    private static bool Has(TensorFile weights, string name) => weights.Entries.ContainsKey(name);

    private static IReadOnlyList<long> Shape(TensorFile weights, string name, int rank)
        => !weights.Entries.TryGetValue(name, out var entry) ? throw Untold(weights, $"it has no {name}")
            : entry.Shape.Count == rank && entry.Shape.All(side => side is > 0 and <= int.MaxValue) ? entry.Shape
            : throw Untold(weights, $"{name} is {entry.ShapeText}");

    private static int Grid(TensorFile weights, bool useClassToken)
    {
        var positions = Shape(weights, "visual.positional_embedding", rank: 2)[0] - (useClassToken ? 1 : 0);
        var side = (int)Math.Sqrt(positions);
        return side > 0 && (long)side * side == positions
            ? side
            : throw Untold(weights, $"visual.positional_embedding has {positions} patch positions, which is no square grid");
    }

    private static int Layers(TensorFile weights, string tower)
    {
        var layers = 0;
        while (Has(weights, $"{tower}{Blocks}{layers}.ln_1.weight"))
        {
            layers++;
        }

        return layers > 0 ? layers : throw Untold(weights, $"it has no {tower}{Blocks}0.ln_1.weight");
    }

    /// <summary>The ratio whose product with the width, truncated, is the hidden width.</summary>
    private static double MlpRatio(TensorFile weights, string tower, int width)
    {
        var hidden = Shape(weights, $"{tower}{Blocks}0.mlp.c_fc.weight", rank: 2)[0];
        var ratio = (double)hidden / width;
        return (long)(width * ratio) == hidden ? ratio : Math.BitIncrement(ratio);
    }

    private static UserErrorException Untold(TensorFile weights, string why)
        => new($"{weights.Path}: its metadata names no architecture and its tensors do not tell it: {why}. "
            + "Use a published checkpoint, or a safetensors file written by pe.");
}

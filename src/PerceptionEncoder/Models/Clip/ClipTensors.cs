namespace PerceptionEncoder.Models.Clip;

/// <summary>Names and shapes of a tower's tensors as published, from its options alone.</summary>
/// <remarks>Perception Encoder, App. B.1.1 and Tab. 17.</remarks>
internal static class ClipTensors
{
    /// <summary>Where the vision tower's tensors are in a contrastive model.</summary>
    public const string VisionPrefix = "visual.";

    /// <summary>The absolute positions of the vision tower.</summary>
    public const string VisionPositions = VisionPrefix + "positional_embedding";

    private const string Block = "transformer.resblocks.";

    /// <summary>Whether a tensor is of one of the blocks of a tower.</summary>
    public static bool IsOfBlock(string name) => name.Contains(Block, StringComparison.Ordinal);

    /// <summary>Numbers in some tensors.</summary>
    public static long Count(IEnumerable<(string Name, long[] Shape)> tensors)
        => tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, side) => product * side));

    // D width · h hidden width

    public static IEnumerable<(string Name, long[] Shape)> Vision(VisionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        long width = options.Width, grid = options.PositionGrid, classToken = options.UseClassToken ? 1 : 0;
        (string Name, long[] Shape)[] tensors =
        [
            ("conv1.weight", [width, 3, options.PatchSize, options.PatchSize]),
            .. When(options.UseClassToken, ("class_embedding", [width])),
            .. When(options.UseAbsolutePositions, ("positional_embedding", [classToken + (grid * grid), width])),
            .. options.UseLnPre ? Norm("ln_pre", width) : [],
            .. Blocks(width, options.Layers, options.MlpRatio, options.LayerScale is not null),
            .. options.UseLnPost ? Norm("ln_post", width) : [],
            .. options.Pooling == Pooling.Attention ? AttentionPooling(width) : [],
            .. When(options.OutputDim is not null, ("proj", [width, options.OutputDim ?? 0])),
        ];
        return tensors.Select(entry => (VisionPrefix + entry.Name, entry.Shape));
    }

    public static IEnumerable<(string Name, long[] Shape)> Text(TextOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        long width = options.Width;
        return
        [
            ("token_embedding.weight", [options.VocabularySize, width]),
            ("positional_embedding", [options.ContextLength, width]),
            .. Blocks(width, options.Layers, options.MlpRatio, layerScale: false),
            .. Norm("ln_final", width),
            ("text_projection", [width, options.OutputDim]),
        ];
    }

    private static IEnumerable<(string Name, long[] Shape)> Blocks(long width, int layers, double mlpRatio, bool layerScale)
    {
        for (var layer = 0; layer < layers; layer++)
        {
            var block = $"{Block}{layer}.";
            (string Name, long[] Shape)[] tensors =
            [
                .. Norm(block + "ln_1", width),
                .. Attention(block + "attn.", width),
                .. When(layerScale, (block + "ls_1.gamma", [width])),
                .. Norm(block + "ln_2", width),
                .. Mlp(block + "mlp.", width, (int)(width * mlpRatio)),
                .. When(layerScale, (block + "ls_2.gamma", [width])),
            ];
            foreach (var tensor in tensors)
            {
                yield return tensor;
            }
        }
    }

    private static IEnumerable<(string Name, long[] Shape)> AttentionPooling(long width)
        => [
            ("attn_pool.probe", [1, 1, width]),
            .. Attention("attn_pool.attn.", width),
            .. Norm("attn_pool.layernorm", width),
            .. Mlp("attn_pool.mlp.", width, 4 * width),
        ];

    private static IEnumerable<(string Name, long[] Shape)> Attention(string prefix, long width)
        => [
            (prefix + "in_proj_weight", [3 * width, width]),
            (prefix + "in_proj_bias", [3 * width]),
            (prefix + "out_proj.weight", [width, width]),
            (prefix + "out_proj.bias", [width]),
        ];

    private static IEnumerable<(string Name, long[] Shape)> Mlp(string prefix, long width, long hidden)
        => [
            (prefix + "c_fc.weight", [hidden, width]),
            (prefix + "c_fc.bias", [hidden]),
            (prefix + "c_proj.weight", [width, hidden]),
            (prefix + "c_proj.bias", [width]),
        ];

    private static IEnumerable<(string Name, long[] Shape)> Norm(string name, long width)
        => [(name + ".weight", [width]), (name + ".bias", [width])];

    private static IEnumerable<(string Name, long[] Shape)> When(bool holds, (string Name, long[] Shape) entry) => holds ? [entry] : [];
}

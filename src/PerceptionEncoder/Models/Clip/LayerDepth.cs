using System.Globalization;

namespace PerceptionEncoder.Models.Clip;

/// <summary>How deep in its tower a parameter sits: what freezing from below and layer-wise rates count by.</summary>
/// <param name="IsVision">Whether it is the vision tower's.</param>
/// <param name="Depth">
/// 0 for what makes tokens (patches, words, positions, the norm before the first block), 1 for the first block and so on, one more than the
/// last block for all after it.
/// </param>
/// <param name="FromTop">0 after the last block, 1 for the last block and so on.</param>
internal sealed record LayerDepth(bool IsVision, int Depth, int FromTop)
{
    private const string Blocks = "transformer.resblocks.";
    private static readonly string[] Embeddings = ["conv1.", "class_embedding", "positional_embedding", "ln_pre.", "token_embedding."];

    /// <summary>The place of a parameter.</summary>
    /// <param name="name">State-dict name.</param>
    /// <param name="model">Both towers, or the vision tower.</param>
    public static LayerDepth Of(string name, ClipArchitecture model)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(model);
        var isPrefixed = name.StartsWith(ClipTensors.VisionPrefix, StringComparison.Ordinal);
        var isVision = isPrefixed || model.Text is null;             // a tower alone calls its tensors without the prefix
        var inside = isPrefixed ? name[ClipTensors.VisionPrefix.Length..] : name;
        var top = 1 + ((isVision ? model.Vision.Layers : model.Text?.Layers) ?? 0);
        var depth = Array.Exists(Embeddings, start => inside.StartsWith(start, StringComparison.Ordinal)) ? 0
            : inside.StartsWith(Blocks, StringComparison.Ordinal)
                ? 1 + int.Parse(inside[Blocks.Length..].Split('.')[0], CultureInfo.InvariantCulture)
            : top;
        return new LayerDepth(isVision, depth, top - depth);
    }
}

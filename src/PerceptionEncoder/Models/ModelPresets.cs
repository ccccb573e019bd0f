using PerceptionEncoder.Models.Text;
using PerceptionEncoder.Models.Vision;

namespace PerceptionEncoder.Models;

/// <summary>The published contrastive models [Tab. 17].</summary>
public static class ModelPresets
{
    private static readonly Dictionary<string, ClipOptions> Table = new(StringComparer.OrdinalIgnoreCase)
    {
        ["PE-Core-T16-384"] = Preset(192, 12, 3, 768, patch: 16, resolution: 384, classToken: true, textWidth: 512, textLayers: 12, textHeads: 8, context: 32, dim: 512),
        ["PE-Core-S16-384"] = Preset(384, 12, 6, 1536, patch: 16, resolution: 384, classToken: true, textWidth: 512, textLayers: 12, textHeads: 8, context: 32, dim: 512),
        ["PE-Core-B16-224"] = Preset(768, 12, 12, 3072, patch: 16, resolution: 224, classToken: true, textWidth: 1024, textLayers: 24, textHeads: 16, context: 32, dim: 1024),
        ["PE-Core-L14-336"] = Preset(1024, 24, 16, 4096, patch: 14, resolution: 336, classToken: true, textWidth: 1024, textLayers: 24, textHeads: 16, context: 32, dim: 1024),
        ["PE-Core-G14-448"] = Preset(1536, 50, 16, 8960, patch: 14, resolution: 448, classToken: false, textWidth: 1280, textLayers: 24, textHeads: 20, context: 72, dim: 1280),
    };

    /// <summary>Published names, smallest model first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Keys];

    /// <summary>The shape of a published model.</summary>
    /// <exception cref="UserErrorException">There is no preset of that name.</exception>
    public static ClipOptions Find(string name)
        => Table.GetValueOrDefault(name) ?? throw new UserErrorException($"model.preset: there is no '{name}'. Choose one of {string.Join(", ", Names)}.");

    private static ClipOptions Preset(
        int width, int layers, int heads, int hidden, int patch, int resolution, bool classToken, int textWidth, int textLayers, int textHeads, int context, int dim)
        => new()
        {
            Vision = new VisionOptions
            {
                Width = width,
                Layers = layers,
                Heads = heads,
                MlpRatio = (double)hidden / width,
                PatchSize = patch,
                ImageSize = resolution,
                UseClassToken = classToken,
                OutputDim = dim,
            },
            Text = new TextOptions { Width = textWidth, Layers = textLayers, Heads = textHeads, ContextLength = context, OutputDim = dim },
        };
}

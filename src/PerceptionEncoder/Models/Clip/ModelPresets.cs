namespace PerceptionEncoder.Models.Clip;

/// <summary>
/// The published models by name: five contrastive ones and, with their vision towers, fourteen vision towers [Tab. 17; PE-Lang B.2,
/// PE-Spatial B.3.1].
/// </summary>
public static class ModelPresets
{
    private static readonly TextOptions Text512 = new() { Width = 512, Layers = 12, Heads = 8, ContextLength = 32, OutputDim = 512 };
    private static readonly TextOptions Text1024 = new() { Width = 1024, Layers = 24, Heads = 16, ContextLength = 32, OutputDim = 1024 };
    private static readonly TextOptions Text1280 = new() { Width = 1280, Layers = 24, Heads = 20, ContextLength = 72, OutputDim = 1280 };

    private static readonly VisionOptions CoreT = Core(192, 12, 3, 768, patch: 16, resolution: 384, classToken: true, outputDim: 512);
    private static readonly VisionOptions CoreS = Core(384, 12, 6, 1536, patch: 16, resolution: 384, classToken: true, outputDim: 512);
    private static readonly VisionOptions CoreB = Core(768, 12, 12, 3072, patch: 16, resolution: 224, classToken: true, outputDim: 1024);
    private static readonly VisionOptions CoreL = Core(1024, 24, 16, 4096, patch: 14, resolution: 336, classToken: true, outputDim: 1024);
    private static readonly VisionOptions CoreG = Core(1536, 50, 16, 8960, patch: 14, resolution: 448, classToken: false, outputDim: 1280);

    private static readonly Dictionary<string, ClipArchitecture> Table = new(StringComparer.OrdinalIgnoreCase)
    {
        ["PE-Core-T16-384"] = new(CoreT, Text512),
        ["PE-Core-S16-384"] = new(CoreS, Text512),
        ["PE-Core-B16-224"] = new(CoreB, Text1024),
        ["PE-Core-L14-336"] = new(CoreL, Text1024),
        ["PE-Core-G14-448"] = new(CoreG, Text1280),
        ["PE-Lang-L14-448"] = Tokens(CoreL, 448, layerScale: 0.1, layers: 23),
        ["PE-Lang-G14-448"] = Tokens(CoreG, 448, layerScale: 0.1, layers: 47),
        ["PE-Lang-L14-448-Tiling"] = Tokens(CoreL, 448, layerScale: 0.1, layers: 23),
        ["PE-Lang-G14-448-Tiling"] = Tokens(CoreG, 448, layerScale: 0.1, layers: 47),
        ["PE-Spatial-T16-512"] = Tokens(CoreT, 512),
        ["PE-Spatial-S16-512"] = Tokens(CoreS, 512),
        ["PE-Spatial-B16-512"] = Tokens(CoreB, 512),
        ["PE-Spatial-L14-448"] = Tokens(CoreL, 448),
        ["PE-Spatial-G14-448"] = Tokens(CoreG, 448, layerScale: 0.1),
    };

    /// <summary>Published names: the contrastive models first, then PE-Lang and PE-Spatial.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Keys];

    /// <summary>The shape of a published model.</summary>
    /// <param name="name">Published name, in any case.</param>
    /// <exception cref="UserErrorException">There is no preset of that name; lists the names.</exception>
    public static ClipArchitecture Find(string name)
        => Table.GetValueOrDefault(name)
            ?? throw new UserErrorException($"model.preset: there is no '{name}'. Choose one of {string.Join(", ", Names)}.");

    /// <summary>The shape of a published contrastive model.</summary>
    /// <exception cref="UserErrorException">There is no preset of that name, or it has no text tower.</exception>
    public static ClipOptions FindClip(string name) => Find(name) is { Text: { } text } found
        ? new ClipOptions { Vision = found.Vision, Text = text }
        : throw new UserErrorException($"model.preset: {name} is a vision tower without text tower. "
            + $"Choose one of {string.Join(", ", Names.Where(other => Table[other].Text is not null))}, or give vision and text in full.");

    /// <summary>The published models of an architecture's shape, whatever its input size; those of the same input size first.</summary>
    public static IReadOnlyList<string> Like(ClipArchitecture architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        return [.. Names.Where(name => Same(Find(name), architecture))
            .OrderBy(name => Find(name).Vision.ImageSize == architecture.Vision.ImageSize ? 0 : 1)];
    }

    private static VisionOptions Core(
        int width,
        int layers,
        int heads,
        int hidden,
        int patch,
        int resolution,
        bool classToken,
        int outputDim) => new()
    {
        Width = width,
        Layers = layers,
        Heads = heads,
        MlpRatio = (double)hidden / width,
        PatchSize = patch,
        ImageSize = resolution,
        UseClassToken = classToken,
        OutputDim = outputDim,
    };

    private static bool Same(ClipArchitecture preset, ClipArchitecture found)
        => preset.Text == found.Text
            && preset.Vision == found.Vision with
            {
                ImageSize = preset.Vision.ImageSize,
                PositionsSize = null,
                LayerScale = found.Vision.LayerScale is null ? null : preset.Vision.LayerScale,
                DropPath = 0,
            };

    /// <summary>A tower that was aligned after contrastive training: its product is the tokens of its last layer.</summary>
    private static ClipArchitecture Tokens(VisionOptions core, int resolution, double? layerScale = null, int? layers = null) => new(
        core with
        {
            ImageSize = resolution,
            Layers = layers ?? core.Layers,
            LayerScale = layerScale,
            Pooling = Pooling.None,
            UseLnPost = false,
            OutputDim = null,
        },
        null);
}

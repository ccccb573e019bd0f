using System.Text.Json;
using System.Text.Json.Serialization;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.NameMaps;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Clip;

/// <summary>A vision tower, and a text tower where it is a contrastive model.</summary>
/// <param name="Vision">The vision tower.</param>
/// <param name="Text">The text tower, or null.</param>
public sealed record ClipArchitecture(VisionOptions Vision, TextOptions? Text) : ModelArchitecture
{
    private const string TextEmbedding = "token_embedding.weight";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The architecture of a contrastive model.</summary>
    public ClipArchitecture(ClipOptions options)
        : this(options.Vision, options.Text)
    {
    }

    /// <summary>The vision tower alone.</summary>
    public ClipArchitecture VisionAlone => this with { Text = null };

    /// <inheritdoc/>
    public override string StatePrefix => Text is null ? ClipTensors.VisionPrefix : "";

    /// <inheritdoc/>
    public override NameMap OwnLayout => Text is null ? ClipLayouts.MetaVision : ClipLayouts.Meta;

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">Not such JSON.</exception>
    public static ClipArchitecture Read(string json)
        => JsonSerializer.Deserialize<Towers>(json, Json) is { Vision: { } vision } read
            ? new(vision, read.Text)
            : throw new JsonException("no vision tower");

    /// <inheritdoc/>
    public override string Write() => JsonSerializer.Serialize(new Towers(Vision, Text), Json);

    /// <inheritdoc/>
    public override nn.Module Build()
        => Text is { } text ? new ClipOptions { Vision = Vision, Text = text }.Build() : new VisionTransformer(Vision);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, long[] Shape)> Tensors()
        => Text is null ? ClipTensors.Vision(Vision) : [.. ClipTensors.Vision(Vision), .. ClipTensors.Text(Text), ("logit_scale", [])];

    /// <inheritdoc/>
    public override IEnumerable<(string Part, long Count)> ParameterCounts()
        => Text is null ? [("vision", ClipTensors.Count(ClipTensors.Vision(Vision)))]
            : [
                ("vision", ClipTensors.Count(ClipTensors.Vision(Vision))),
                ("text", ClipTensors.Count(ClipTensors.Text(Text))),
                ("logit_scale", 1),
            ];

    /// <inheritdoc/>
    public override int LayersFromTop(string parameter) => LayerDepth.Of(parameter, this).FromTop;

    /// <inheritdoc/>
    public override bool CarriesOver(string name, IReadOnlyList<long> from, IReadOnlyList<long> to)
        => name == ClipTensors.VisionPositions && from.Count == 2 && to.Count == 2 && from[1] == to[1] && IsGrid(from[0]) && IsGrid(to[0]);

    /// <inheritdoc/>
    public override void Carry(string name, Tensor source, Tensor target)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var positions = Text is null ? ClipTensors.VisionPositions[ClipTensors.VisionPrefix.Length..] : ClipTensors.VisionPositions;
        if (name.EndsWith(positions, StringComparison.Ordinal) && source.shape[0] != target.shape[0])
        {
            var side = (long)Math.Sqrt(target.shape[0] - ClassTokens);
            source = AbsolutePositions.At(source, Vision.UseClassToken, side, side);
        }

        target.copy_(source);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Key, string Value)> Unseen() =>
    [
        ("vision.heads", Spell(Vision.Heads)),
        ("vision.use_rope2d", Spell(Vision.UseRope2D)),
        ("vision.pooling", Spell(Vision.Pooling)),
        .. Vision.Pooling == Pooling.Attention ? [("vision.pooling_heads", Spell(Vision.PoolingHeads))] : Array.Empty<(string, string)>(),
        .. Text is { } text ? [("text.heads", Spell(text.Heads))] : Array.Empty<(string, string)>(),
    ];

    /// <inheritdoc/>
    public override IEnumerable<string> Differences(ModelArchitecture other, string here, string there)
    {
        if (other is not ClipArchitecture model)
        {
            return [$"it is a contrastive model {here} and another kind {there}"];
        }

        var theirs = model.Facts().ToDictionary(fact => fact.Key, fact => fact.Value);
        return Facts().Where(fact => theirs.TryGetValue(fact.Key, out var value) && value != fact.Value)
            .Select(fact => $"{fact.Key} is {fact.Value} {here} and {theirs[fact.Key]} {there}");
    }

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">The size is smaller than a patch, or larger than any model can take.</exception>
    public override ClipArchitecture At(int? imageSize)
    {
        if (imageSize is not { } size)
        {
            return this;
        }

        var sized = this with { Vision = Vision with { ImageSize = size, PositionsSize = null } };
        return size < Vision.PatchSize
            ? throw new UserErrorException($"image size {size}: smaller than the model's patch of {Vision.PatchSize} pixels. "
                + $"Choose a multiple of {Vision.PatchSize}.")
            : sized.Vision.FindProblem() is { } problem
                ? throw new UserErrorException($"image size {size}: {problem}. Choose a smaller multiple of {Vision.PatchSize}.")
                : sized;
    }

    /// <inheritdoc/>
    public override string? FindProblem()
        => Vision.FindProblem() is { } vision ? $"vision: {vision}" : Text?.FindProblem() is { } text ? $"text: {text}" : null;

    /// <inheritdoc/>
    public override string Describe()
    {
        var shape = $"vision {Vision.Width} wide, {Vision.Layers} layers, patch {Vision.PatchSize}, {Vision.ImageSize} px"
            + (Text is null ? "" : $"; text {Text.Width} wide, {Text.Layers} layers, context {Text.ContextLength}");
        var presets = ModelPresets.Like(this);
        if (presets.Count == 0)
        {
            return shape;
        }

        // Of several presets of this shape, those made for this input size are meant, if there are any.
        string[] same = [.. presets.Where(name => ModelPresets.Find(name).Vision.ImageSize == Vision.ImageSize)];
        return same.Length > 0 ? $"{string.Join(" or ", same)}: {shape}" : $"{presets[0]} at another input size: {shape}";
    }

    /// <inheritdoc/>
    public override NameMap LayoutNamed(string name, string path)
    {
        var layout = name == ClipLayouts.Meta.Name ? OwnLayout : ClipLayouts.All.Single(each => each.Name == name);
        return layout == ClipLayouts.OpenClip && Text is null
            ? throw new UserErrorException(
                $"{path}: is a vision tower without text tower, and open_clip's layout is of both. Convert it to timm instead.")
            : layout;
    }

    /// <inheritdoc/>
    public override ClipArchitecture KeptBy(NameMap layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return layout.Holds(TextEmbedding) ? this : VisionAlone;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// timm scales rotary positions to the grid that <c>ref_feat_shape</c> names; the published model takes them as they are.
    /// </remarks>
    public override string? NoteOn(NameMap layout)
        => layout == OwnLayout || !Vision.UseRope2D ? null
            : $"in timm, create the vision tower with img_size={Vision.ImageSize}, ref_feat_shape=({Grid}, {Grid}): "
                + "other values scale the rotary positions and give other features";

    private int Grid => Vision.ImageSize / Vision.PatchSize;

    private int ClassTokens => Vision.UseClassToken ? 1 : 0;

    private bool IsGrid(long positions)
    {
        var patches = positions - ClassTokens;
        var side = (long)Math.Sqrt(patches);
        return patches > 0 && side * side == patches;
    }

    private IEnumerable<(string Key, string Value)> Facts() =>
    [
        .. Unseen(),
        ("vision.patch_size", Spell(Vision.PatchSize)),
        ("vision.width", Spell(Vision.Width)),
        ("vision.layers", Spell(Vision.Layers)),
        ("vision.use_class_token", Spell(Vision.UseClassToken)),
        ("vision.use_absolute_positions", Spell(Vision.UseAbsolutePositions)),
        ("vision.use_ln_pre", Spell(Vision.UseLnPre)),
        ("vision.use_ln_post", Spell(Vision.UseLnPost)),
        ("vision.output_dim", Spell(Vision.OutputDim)),
        .. Text is not { } text ? [] : new[]
        {
            ("text.width", Spell(text.Width)),
            ("text.layers", Spell(text.Layers)),
            ("text.context_length", Spell(text.ContextLength)),
            ("text.vocabulary_size", Spell(text.VocabularySize)),
            ("text.output_dim", Spell(text.OutputDim)),
        },
    ];

    private static string Spell(object? value) => JsonSerializer.SerializeToNode(value, Json)?.ToString() ?? "null";

    /// <summary>What is written; and what stands beside the tower in a language model, and is passed over.</summary>
    private sealed record Towers(
        VisionOptions Vision,
        TextOptions? Text,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Decoder = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Projector = null);
}

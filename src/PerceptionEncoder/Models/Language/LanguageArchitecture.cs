using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.NameMaps;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>A decoder, and the tower and projector before it where it sees.</summary>
/// <param name="Options">The shape of all parts.</param>
public sealed record LanguageArchitecture(LanguageModelOptions Options) : ModelArchitecture
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <inheritdoc/>
    public override NameMap OwnLayout => LanguageLayouts.Meta;

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">Not such JSON.</exception>
    public static LanguageArchitecture Read(string json)
        => JsonDocument.Parse(json).RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("decoder", out _)
            && root.Deserialize<LanguageModelOptions>(Json) is { Decoder: not null, Projector: not null } options
            ? new(options)
            : throw new JsonException("no decoder");

    /// <inheritdoc/>
    public override string Write() => JsonSerializer.Serialize(Options, Json);

    /// <inheritdoc/>
    public override nn.Module Build() => Options.Build();

    /// <inheritdoc/>
    public override IEnumerable<(string Name, long[] Shape)> Tensors() =>
    [
        .. LanguageTensors.Vision(Options),
        .. LanguageTensors.ProjectorLayers(Options),
        .. LanguageTensors.Decoder(Options.Decoder),
    ];

    /// <inheritdoc/>
    public override IEnumerable<(string Part, long Count)> ParameterCounts() =>
    [
        .. Options.Vision is null ? Array.Empty<(string, long)>()
            : [
                ("vision", ClipTensors.Count(LanguageTensors.Vision(Options))),
                ("projector", ClipTensors.Count(LanguageTensors.ProjectorLayers(Options))),
            ],
        ("decoder", ClipTensors.Count(LanguageTensors.Decoder(Options.Decoder))),
    ];

    /// <inheritdoc/>
    public override int LayersFromTop(string parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return TowerName(parameter) is { } inTower ? Tower!.LayersFromTop(inTower)
            : parameter == LanguageTensors.Words ? Options.Decoder.Layers + 1
            : parameter.StartsWith(LanguageTensors.Blocks, StringComparison.Ordinal)
                ? Options.Decoder.Layers
                    - int.Parse(parameter[LanguageTensors.Blocks.Length..].Split('.')[0], CultureInfo.InvariantCulture)
            : 0;
    }

    /// <inheritdoc/>
    public override bool CarriesOver(string name, IReadOnlyList<long> from, IReadOnlyList<long> to)
        => TowerName(name) is { } inTower && Tower!.CarriesOver(inTower, from, to);

    /// <inheritdoc/>
    public override void Carry(string name, Tensor source, Tensor target)
    {
        if (TowerName(name) is { } inTower)
        {
            Tower!.Carry(inTower, source, target);
            return;
        }

        using var noGradient = no_grad();
        target.copy_(source);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Key, string Value)> Unseen() =>
    [
        ("decoder.heads", Spell(Options.Decoder.Heads)),
        ("decoder.head_dim", Spell(Options.Decoder.HeadSize)),
        ("decoder.rope_theta", Spell(Options.Decoder.RopeTheta)),
        ("decoder.rope_scaling", Spell(Options.Decoder.RopeScaling)),
        ("decoder.norm_eps", Spell(Options.Decoder.NormEps)),
        .. Tower is null ? Array.Empty<(string, string)>()
            : [("projector.pooling_ratio", Spell(Options.Projector.PoolingRatio)), .. Tower.Unseen()],
    ];

    /// <inheritdoc/>
    public override IEnumerable<string> Differences(ModelArchitecture other, string here, string there)
    {
        if (other is not LanguageArchitecture model)
        {
            return [$"it is a language model {here} and another kind {there}"];
        }

        var theirs = model.Facts().ToDictionary(fact => fact.Key, fact => fact.Value);
        return Facts().Where(fact => theirs.TryGetValue(fact.Key, out var value) && value != fact.Value)
            .Select(fact => $"{fact.Key} is {fact.Value} {here} and {theirs[fact.Key]} {there}");
    }

    /// <inheritdoc/>
    public override string? FindProblem() => Options.FindProblem();

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">There is no tower, or no such input is possible.</exception>
    public override LanguageArchitecture At(int? imageSize)
    {
        if (imageSize is not { } size)
        {
            return this;
        }

        var tower = Tower ?? throw new UserErrorException($"image size {size}: the model reads text alone. Leave the image size out.");
        var sized = new LanguageArchitecture(Options with { Vision = tower.At(size).Vision });
        return sized.FindProblem() is { } problem
            ? throw new UserErrorException($"image size {size}: {problem}. Choose a larger one.")
            : sized;
    }

    /// <inheritdoc/>
    public override string Describe()
    {
        var decoder = Options.Decoder;
        var shape = $"decoder {decoder.Width} wide, {decoder.Layers} layers, {decoder.Heads} heads on {decoder.KeyValueHeads}, "
            + $"vocabulary {decoder.VocabularySize}, context {decoder.ContextLength}, {(decoder.TiedHead ? "tied" : "own")} head";
        var known = DecoderPresets.Like(decoder) is { } name ? $"{name}: {shape}" : shape;
        return Tower is null ? known
            : $"{known}; {Options.VisualTokens()} tokens a picture ({Spell(Options.Projector.Kind)} projector, "
                + $"pooling {Options.Projector.PoolingRatio}) from {Tower.Describe()}";
    }

    /// <inheritdoc/>
    public override NameMap LayoutNamed(string name, string path)
    {
        var (headSize, sees) = (Options.Decoder.HeadSize, Tower is not null);
        return name == LanguageLayouts.Meta.Name
            ? LanguageLayouts.Meta.For(headSize, !Options.Decoder.TiedHead ? null : sees ? LanguageLayouts.TiedHead : LanguageLayouts.Head)
            : name != LanguageLayouts.HuggingFace.Name
                ? throw new UserErrorException($"{path}: is a language model, and the layout {name} has no place for one. "
                    + $"Choose {LanguageLayouts.Meta.Name} or {LanguageLayouts.HuggingFace.Name}.")
            : sees && Options.Projector.Kind != ProjectorKind.Mlp
                ? throw new UserErrorException($"{path}: its projector is one linear layer, and PerceptionLM's has two. "
                    + $"Choose {LanguageLayouts.Meta.Name}.")
            : (sees ? LanguageLayouts.PerceptionLm : LanguageLayouts.HuggingFace).For(headSize, null);
    }

    /// <inheritdoc/>
    public override LanguageArchitecture KeptBy(NameMap layout) => this;

    /// <inheritdoc/>
    public override string? NoteOn(NameMap layout) => null;

    /// <inheritdoc/>
    public override IReadOnlyList<(string FileName, string Text)> Companions(NameMap layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return layout.Name == LanguageLayouts.Meta.Name
            ? [(LanguageConfigFiles.MetaName, LanguageConfigText.Meta(Options))]
            : [(LanguageConfigFiles.HuggingFaceName, LanguageConfigText.HuggingFace(Options))];
    }

    private ClipArchitecture? Tower => Options.Vision is { } vision ? new ClipArchitecture(vision, null) : null;

    private string? TowerName(string name)
        => Tower is not null && name.IndexOf(LanguageTensors.Tower, StringComparison.Ordinal) is >= 0 and var at
            ? ClipTensors.VisionPrefix + name[(at + LanguageTensors.Tower.Length)..]
            : null;

    private IEnumerable<(string Key, string Value)> Facts() =>
    [
        .. Unseen(),
        ("vision", Tower is null ? "absent" : "present"),
        ("decoder.vocabulary_size", Spell(Options.Decoder.VocabularySize)),
        ("decoder.width", Spell(Options.Decoder.Width)),
        ("decoder.layers", Spell(Options.Decoder.Layers)),
        ("decoder.key_value_heads", Spell(Options.Decoder.KeyValueHeads)),
        ("decoder.feed_forward_width", Spell(Options.Decoder.FeedForwardWidth)),
        ("decoder.tied_head", Spell(Options.Decoder.TiedHead)),
        ("decoder.qkv_bias", Spell(Options.Decoder.QkvBias)),
        .. Tower is null ? Array.Empty<(string, string)>() : [("projector.kind", Spell(Options.Projector.Kind))],
    ];

    private static string Spell(object? value) => JsonSerializer.SerializeToNode(value, Json)?.ToString() ?? "null";
}

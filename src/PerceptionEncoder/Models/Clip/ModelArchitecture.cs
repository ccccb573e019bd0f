using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerceptionEncoder.Models.Clip;

/// <summary>What a checkpoint's tensors make up: a vision tower, and a text tower where it is a contrastive model.</summary>
/// <param name="Vision">The vision tower.</param>
/// <param name="Text">The text tower, or null.</param>
public sealed record ModelArchitecture(VisionOptions Vision, TextOptions? Text)
{
    /// <summary>Name of the metadata entry that holds <see cref="Write"/>'s text, so that a weights file alone says what it is.</summary>
    public const string MetadataKey = "architecture";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The architecture of a contrastive model.</summary>
    public static ModelArchitecture Of(ClipOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ModelArchitecture(options.Vision, options.Text);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">Not such JSON.</exception>
    public static ModelArchitecture Read(string json)
        => JsonSerializer.Deserialize<ModelArchitecture>(json, Json) is { Vision: not null } read ? read : throw new JsonException("no vision tower");

    /// <summary>JSON with the config's key names.</summary>
    public string Write() => JsonSerializer.Serialize(this, Json);

    /// <summary>What no tensor shows, by the config's keys: weights of one model load into another that differs in these without a word.</summary>
    public IReadOnlyList<(string Key, string Value)> Unseen() =>
    [
        ("vision.heads", Spell(Vision.Heads)),
        ("vision.use_rope2d", Spell(Vision.UseRope2D)),
        ("vision.pooling", Spell(Vision.Pooling)),
        .. Vision.Pooling == Pooling.Attention ? [("vision.pooling_heads", Spell(Vision.PoolingHeads))] : Array.Empty<(string, string)>(),
        .. Text is { } text ? [("text.heads", Spell(text.Heads))] : Array.Empty<(string, string)>(),
    ];

    /// <summary>Each fact in which a model's function differs from this one's, with both values. Input size and what training alone leaves out are none.</summary>
    /// <param name="other">The other model.</param>
    /// <param name="here">What this one is called, such as "in the file".</param>
    /// <param name="there">What the other is called.</param>
    public IEnumerable<string> Differences(ModelArchitecture other, string here, string there)
    {
        ArgumentNullException.ThrowIfNull(other);
        var theirs = other.Facts().ToDictionary(fact => fact.Key, fact => fact.Value);
        return Facts().Where(fact => theirs.TryGetValue(fact.Key, out var value) && value != fact.Value)
            .Select(fact => $"{fact.Key} is {fact.Value} {here} and {theirs[fact.Key]} {there}");
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

    /// <summary>The same model on another input size.</summary>
    /// <param name="imageSize">Side of the square input in pixels; null for the model's own.</param>
    /// <exception cref="UserErrorException">The size is smaller than a patch, or larger than any model can take.</exception>
    public ModelArchitecture At(int? imageSize)
    {
        if (imageSize is not { } size)
        {
            return this;
        }

        var sized = this with { Vision = Vision with { ImageSize = size, PositionsSize = null } };
        return size < Vision.PatchSize ? throw new UserErrorException($"--image-size {size} is smaller than the model's patch of {Vision.PatchSize} pixels. Choose a multiple of {Vision.PatchSize}.")
            : sized.Vision.FindProblem() is { } problem ? throw new UserErrorException($"--image-size {size}: {problem}. Choose a smaller multiple of {Vision.PatchSize}.")
            : sized;
    }

    /// <summary>Why no model is of this architecture; null where one can be.</summary>
    internal string? FindProblem() => Vision.FindProblem() is { } vision ? $"vision: {vision}" : Text?.FindProblem() is { } text ? $"text: {text}" : null;

    /// <summary>Every tensor of the state dict by published name, with its shape; nothing is allocated.</summary>
    public IEnumerable<(string Name, long[] Shape)> Tensors()
        => Text is null ? StateDict.Vision(Vision) : [.. StateDict.Vision(Vision), .. StateDict.Text(Text), ("logit_scale", [])];
}

using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.NameMaps;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>A promptable segmentation model.</summary>
/// <param name="Options">The shape of all parts.</param>
public sealed record SegmentationArchitecture(SegmentationOptions Options) : ModelArchitecture
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    /// <inheritdoc/>
    public override NameMap OwnLayout => SegmentationLayouts.Meta;

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">Not such JSON.</exception>
    public static SegmentationArchitecture Read(string json)
        => new(JsonSerializer.Deserialize<Written>(json, Json)?.Segmentation ?? throw new JsonException("no segmentation model"));

    /// <inheritdoc/>
    public override string Write() => JsonSerializer.Serialize(new Written(Options), Json);

    /// <inheritdoc/>
    public override nn.Module Build() => Options.Build();

    /// <inheritdoc/>
    public override IEnumerable<(string Name, long[] Shape)> Tensors() =>
    [
        .. SegmentationTensors.Encoder(Options),
        .. SegmentationTensors.PromptEncoder(Options),
        .. SegmentationTensors.MaskDecoder(Options),
    ];

    /// <inheritdoc/>
    public override IEnumerable<(string Part, long Count)> ParameterCounts() =>
    [
        ("image encoder", ClipTensors.Count(SegmentationTensors.Encoder(Options))),
        ("prompt encoder", ClipTensors.Count(SegmentationTensors.PromptEncoder(Options))),
        ("mask decoder", ClipTensors.Count(SegmentationTensors.MaskDecoder(Options))),
    ];

    /// <inheritdoc/>
    public override int LayersFromTop(string parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        const string blocks = SegmentationTensors.Trunk + "blocks.";
        var depth = Options.Stages.Sum();
        return parameter.StartsWith(blocks, StringComparison.Ordinal)
            ? depth - int.Parse(parameter[blocks.Length..].Split('.')[0], CultureInfo.InvariantCulture)
            : parameter.StartsWith(SegmentationTensors.Trunk, StringComparison.Ordinal) ? depth + 1 : 0;
    }

    /// <inheritdoc/>
    /// <remarks>Positions are stretched in the pass itself, so that no tensor depends on the input's size.</remarks>
    public override bool CarriesOver(string name, IReadOnlyList<long> from, IReadOnlyList<long> to) => false;

    /// <inheritdoc/>
    public override void Carry(string name, Tensor source, Tensor target)
    {
        using var noGradient = no_grad();
        target.copy_(source);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Key, string Value)> Unseen() =>
    [
        ("heads", Spell(Options.Heads)),
        ("global_blocks", Spell(Options.GlobalBlocks)),
        ("windows", Spell(Options.Windows)),
        ("top_down_levels", Spell(Options.TopDownLevels)),
        ("decoder_heads", Spell(Options.DecoderHeads)),
        ("stability_delta", Spell(Options.StabilityDelta)),
        ("stability_threshold", Spell(Options.StabilityThreshold)),
    ];

    /// <inheritdoc/>
    public override IEnumerable<string> Differences(ModelArchitecture other, string here, string there)
    {
        if (other is not SegmentationArchitecture model)
        {
            return [$"it is a segmentation model {here} and another kind {there}"];
        }

        var (ours, theirs) = (Facts(), model.Facts());
        return ours.Where(fact => theirs[fact.Key] != fact.Value)
            .Select(fact => $"{fact.Key} is {fact.Value} {here} and {theirs[fact.Key]} {there}");
    }

    /// <inheritdoc/>
    public override string? FindProblem() => Options.FindProblem();

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">No such input is possible.</exception>
    public override SegmentationArchitecture At(int? imageSize)
    {
        var sized = imageSize is { } size ? new SegmentationArchitecture(Options with { ImageSize = size }) : this;
        return sized.FindProblem() is { } problem ? throw new UserErrorException($"image size {imageSize}: {problem}.") : sized;
    }

    /// <inheritdoc/>
    public override string Describe()
    {
        var shape = $"segmentation trunk {Options.Width} wide, {string.Join(" + ", Options.Stages)} blocks, "
            + $"levels {Options.FeatureWidth} wide, {Options.ImageSize} px";
        return SegmentationPresets.Like(Options) is { } name ? $"{name}: {shape}" : shape;
    }

    /// <inheritdoc/>
    public override NameMap LayoutNamed(string name, string path)
        => name == SegmentationLayouts.Meta.Name ? SegmentationLayouts.Meta
            : throw new UserErrorException($"{path}: is a segmentation model, and the layout {name} has no place for one. "
                + $"Choose {SegmentationLayouts.Meta.Name}.");

    /// <inheritdoc/>
    public override SegmentationArchitecture KeptBy(NameMap layout) => this;

    /// <inheritdoc/>
    public override string? NoteOn(NameMap layout)
        => "the image path alone: what carries objects from frame to frame of a clip is not in it";

    /// <summary>What a model's function depends on: everything but the size of its input.</summary>
    private Dictionary<string, string> Facts()
        => JsonSerializer.SerializeToNode(Options with { ImageSize = 0 }, Json)!.AsObject()
            .ToDictionary(fact => fact.Key, fact => fact.Value!.ToJsonString());

    private static string Spell<T>(T value) => JsonSerializer.Serialize(value, Json);

    private sealed record Written(SegmentationOptions Segmentation);
}

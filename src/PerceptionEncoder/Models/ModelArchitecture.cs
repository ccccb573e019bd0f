using System.Text.Json;
using System.Text.Json.Serialization;
using PerceptionEncoder.Models.Text;
using PerceptionEncoder.Models.Vision;

namespace PerceptionEncoder.Models;

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

    /// <summary>The same model on another input size.</summary>
    /// <param name="imageSize">Side of the square input in pixels; null for the model's own.</param>
    /// <exception cref="UserErrorException">The size is smaller than a patch, or larger than any model can take.</exception>
    public ModelArchitecture At(int? imageSize)
    {
        if (imageSize is not { } size)
        {
            return this;
        }

        var sized = this with { Vision = Vision with { ImageSize = size } };
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

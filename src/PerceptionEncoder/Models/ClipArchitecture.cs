using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerceptionEncoder.Models;

/// <summary>A model's shape as text, written into the metadata of its weights so that a checkpoint file alone says what it is.</summary>
public static class ClipArchitecture
{
    /// <summary>Name of the metadata entry.</summary>
    public const string MetadataKey = "architecture";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>JSON with the config's key names.</summary>
    public static string Write(ClipOptions options) => JsonSerializer.Serialize(options, Json);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">Not such JSON.</exception>
    public static ClipOptions Read(string json) => JsonSerializer.Deserialize<ClipOptions>(json, Json) ?? throw new JsonException("empty");
}

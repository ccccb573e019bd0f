using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>What was measured of one clip: a line of <c>measures.jsonl</c>.</summary>
internal sealed record MeasuredClip
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Path of its shard.</summary>
    public required string Shard { get; init; }

    /// <summary>Of the shard when the clip was measured; null of one on another machine.</summary>
    public ShardState? ShardState { get; init; }

    /// <summary>Its key there.</summary>
    public required string Key { get; init; }

    /// <summary>Why it cannot be used; null where it can.</summary>
    public string? Problem { get; init; }

    /// <summary>0 where its container does not say, and of stored frames.</summary>
    public double Seconds { get; init; }

    /// <summary>Pixels as displayed.</summary>
    public int Width { get; init; }

    /// <summary>Pixels as displayed.</summary>
    public int Height { get; init; }

    /// <summary>Mean length of the motion vectors, in shares of the shorter side; null where the codec gives none.</summary>
    public double? Motion { get; init; }

    /// <summary>How much the vectors of a frame differ, in squared shares of the shorter side.</summary>
    public double? MotionVariance { get; init; }

    /// <summary>By the pictures themselves.</summary>
    public FrameMeasures? Frames { get; init; }

    /// <summary>Perceptual hashes of the frames at a quarter, the half and three quarters.</summary>
    public IReadOnlyList<ulong> Hashes { get; init; } = [];

    /// <summary>The encoder's feature at unit length, as float16; null without a checkpoint.</summary>
    public byte[]? Embedding { get; init; }

    /// <summary>To the questions that are asked, which a file of their own keeps; none where none are.</summary>
    [JsonIgnore]
    public IReadOnlyList<ClipAnswer> Answers { get; init; } = [];

    /// <summary>Where it is, as one text.</summary>
    [JsonIgnore]
    public string Source => $"{Shard}:{Key}";

    public string ToJson() => JsonSerializer.Serialize(this, Layout);

    /// <exception cref="JsonException">It is no such line.</exception>
    public static MeasuredClip OfJson(ReadOnlySpan<byte> utf8)
        => JsonSerializer.Deserialize<MeasuredClip>(utf8, Layout) is { } clip
            ? clip with { Shard = string.Intern(clip.Shard) }           // one text for the thousands of a shard
            : throw new JsonException("null");
}

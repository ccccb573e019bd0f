using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>One answer of the model: a line of <c>answers.jsonl</c>.</summary>
internal sealed record RecordedClipAnswer
{
    private static readonly JsonSerializerOptions Layout = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Path of the clip's shard.</summary>
    public required string Shard { get; init; }

    /// <summary>The clip's key there.</summary>
    public required string Key { get; init; }

    /// <summary>Its perceptual hashes: another clip under the same key is asked about anew.</summary>
    public required string Pictures { get; init; }

    /// <summary>Hash of the question and all that decides its answer.</summary>
    public required string Question { get; init; }

    /// <summary>Name of the question.</summary>
    public required string Name { get; init; }

    /// <summary>Who answered.</summary>
    public required string Model { get; init; }

    /// <summary>Null where the answer is neither yes nor no.</summary>
    public bool? IsYes { get; init; }

    /// <summary>How the answer begins.</summary>
    public string Text { get; init; } = "";

    /// <summary>Of the question, pictures included.</summary>
    public long InputTokens { get; init; }

    /// <summary>Of the answer.</summary>
    public long OutputTokens { get; init; }

    /// <summary>By the captioner's prices.</summary>
    public double Cost { get; init; }

    /// <summary>What is asked about what, as one text.</summary>
    [JsonIgnore]
    public string Place => $"{Question}:{Pictures}:{Shard}:{Key}";

    public string ToJson() => JsonSerializer.Serialize(this, Layout);

    /// <exception cref="JsonException">It is no such line.</exception>
    public static RecordedClipAnswer OfJson(string line)
        => JsonSerializer.Deserialize<RecordedClipAnswer>(line, Layout) ?? throw new JsonException("null");

    /// <summary>The same clip and question without an answer.</summary>
    public static RecordedClipAnswer To(MeasuredClip clip, ClipQuestion question, string hash, string model) => new()
    {
        Shard = clip.Shard,
        Key = clip.Key,
        Pictures = string.Concat(clip.Hashes.Select(picture => $"{picture:x16}")),
        Question = hash,
        Name = question.Name,
        Model = model,
    };
}

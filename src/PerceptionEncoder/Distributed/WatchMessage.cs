using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerceptionEncoder.Distributed;

/// <summary>A line between a rank and the first one.</summary>
internal sealed record WatchMessage
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>What it says.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required WatchKind Kind { get; init; }

    /// <summary>Of a greeting: who it is from.</summary>
    public RankIdentity? From { get; init; }

    /// <summary>Of a greeting: shows that both belong to one job.</summary>
    public string? Job { get; init; }

    /// <summary>Of a report.</summary>
    public RankReport? Report { get; init; }

    /// <summary>Of a welcome: what rank 0 hands to all; of a failure: one line a problem.</summary>
    public string? Text { get; init; }

    /// <summary>Of a failure: the process's exit code.</summary>
    public int ExitCode { get; init; }

    /// <summary>As one line.</summary>
    public string Write() => JsonSerializer.Serialize(this, Json);

    /// <summary>Null where the line is none of ours.</summary>
    public static WatchMessage? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<WatchMessage>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

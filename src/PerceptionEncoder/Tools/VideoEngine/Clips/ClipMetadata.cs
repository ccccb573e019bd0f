using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Data.Tables;

namespace PerceptionEncoder.Tools.VideoEngine.Clips;

/// <summary>What is known of a clip before anything is asked, as it came: strangers wrote it.</summary>
/// <param name="Title">Null where there is none.</param>
/// <param name="Description">Null where there is none.</param>
/// <param name="Category">Null where there is none.</param>
/// <param name="HumanCaption">A caption that somebody checked; null where there is none.</param>
/// <param name="Scores">Numbers that a selection gave.</param>
internal sealed record ClipMetadata(
    string? Title,
    string? Description,
    string? Category,
    string? HumanCaption,
    IReadOnlyDictionary<string, double> Scores)
{
    internal const string HumanCaptionField = "human_caption";
    private const string ScoresField = "scores";

    /// <summary>Of a clip of which nothing is known.</summary>
    public static ClipMetadata None { get; } = new(null, null, null, null, new Dictionary<string, double>());

    /// <summary>That of the fields of a JSON, or of the cells of a row.</summary>
    /// <exception cref="BadSampleException">A score is no finite number, or there twice.</exception>
    public static ClipMetadata Of(IReadOnlyDictionary<string, JsonNode> fields, ClipSourceOptions options)
    {
        return new ClipMetadata(
            Text(options.Title),
            Text(options.Description),
            Text(options.Category),
            Text(HumanCaptionField),
            fields.TryGetValue(ScoresField, out var scores) && scores is JsonObject map ? Numbers(map) : None.Scores);

        string? Text(string name)
            => fields.TryGetValue(name, out var field) && TableRow.TextOf(field) is var text && !string.IsNullOrWhiteSpace(text)
                ? text
                : null;
    }

    private static KeyValuePair<string, JsonNode?>[] Fields(JsonObject map)
    {
        try
        {
            return [.. map];
        }
        catch (ArgumentException twice)
        {
            throw new BadSampleException(EngineClip.DamagedMetadata, $"{ScoresField}: {twice.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static SortedDictionary<string, double> Numbers(JsonObject map)
    {
        var numbers = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in Fields(map))
        {
            if (value is JsonValue && value.GetValueKind() == JsonValueKind.Number)
            {
                var isNumber = double.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out var number);
                numbers[name] = isNumber && double.IsFinite(number)
                    ? number
                    : throw new BadSampleException(EngineClip.DamagedMetadata, $"{ScoresField}.{name} is no finite number");
            }
        }

        return numbers;
    }
}

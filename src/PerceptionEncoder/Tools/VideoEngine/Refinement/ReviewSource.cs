using System.Globalization;
using System.Text.Json;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>One of the texts that a draft was made from, as a reviewer folds it out.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Lines">Each with what it belongs to, such as the time of a frame.</param>
internal sealed record ReviewSource(string Name, IReadOnlyList<ReviewSourceLine> Lines)
{
    private const int LongestText = 20_000;
    private const int MostLines = 500;

    /// <summary>The fields of the engine's JSON and of PVD's, in the order in which they help.</summary>
    private static readonly string[] Fields =
        ["frame_captions", "model_caption", "human_caption", "title", "description", "category", "scores", "models", "source"];

    /// <summary>Those that a sample's JSON has, the draft itself left out.</summary>
    public static IReadOnlyList<ReviewSource> Of(JsonElement root, string draft)
        => root.ValueKind != JsonValueKind.Object ? []
            : [.. from field in Fields
                where root.TryGetProperty(field, out _)
                let lines = LinesOf(root.GetProperty(field)).Where(line => line.Text.Trim().Length > 0 && line.Text.Trim() != draft)
                    .Take(MostLines).ToArray()
                where lines.Length > 0
                select new ReviewSource(field.Replace('_', ' '), lines)];

    private static IEnumerable<ReviewSourceLine> LinesOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().Select(Item),
        JsonValueKind.Object => value.EnumerateObject().Select(field => new ReviewSourceLine(Cut(field.Name), Text(field.Value))),
        JsonValueKind.Null => [],
        _ => [new ReviewSourceLine(null, Text(value))],
    };

    /// <summary>A frame's caption with the second it is of, or whatever a list holds.</summary>
    private static ReviewSourceLine Item(JsonElement item)
        => item.ValueKind == JsonValueKind.Object && item.TryGetProperty("caption", out var caption)
            ? new ReviewSourceLine(Time(item), Text(caption))
            : new ReviewSourceLine(null, Text(item));

    private static string? Time(JsonElement frame)
        => frame.TryGetProperty("seconds", out var seconds) && seconds.ValueKind == JsonValueKind.Number
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds.GetDouble():0.0} s")
            : frame.TryGetProperty("index", out var index) ? Text(index)
            : null;

    private static string Text(JsonElement value) => Cut(value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "",
        JsonValueKind.Number when value.TryGetDouble(out var number) => number.ToString("0.####", CultureInfo.InvariantCulture),
        _ => value.GetRawText(),
    });

    private static string Cut(string text) => text.Length <= LongestText ? text : $"{text[..LongestText]}...";
}

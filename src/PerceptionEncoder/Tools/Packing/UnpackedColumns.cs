using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Data.Tables;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>
/// The columns that samples make, such that packing the table again gives the same samples: path, id, part, caption, label, one for each
/// field of the JSON that is a text, and <c>metadata</c> with the fields that are not.
/// </summary>
internal sealed class UnpackedColumns
{
    private const string Caption = "txt";
    private const string Label = "cls";
    private const string Json = "json";

    private static readonly HashSet<string> Reserved =
        new(["path", "id", "split", "caption", "label", PackRows.MetadataColumn], StringComparer.OrdinalIgnoreCase);

    private readonly List<string> texts = [];
    private readonly IReadOnlyList<string>? classes;
    private readonly bool hasSplits;
    private bool hasCaptions;
    private bool hasLabels;
    private bool hasMetadata;

    /// <summary>Looks at all samples but their pictures.</summary>
    /// <param name="samples">One pass.</param>
    /// <param name="classes">Names by index; null where they are not known.</param>
    /// <param name="hasSplits">Whether there are parts.</param>
    public UnpackedColumns(IEnumerable<Sample> samples, IReadOnlyList<string>? classes, bool hasSplits)
    {
        (this.classes, this.hasSplits) = (classes, hasSplits);
        var met = new HashSet<string>(StringComparer.Ordinal);
        foreach (var sample in samples)
        {
            var row = Of(sample);
            hasCaptions |= row.Caption is not null;
            hasLabels |= row.Label is not null;
            hasMetadata |= row.Metadata.Count > 0;
            texts.AddRange(row.Texts.Keys.Where(met.Add));
        }
    }

    /// <summary>Extensions of the members that columns are made of.</summary>
    public static IReadOnlySet<string> Members { get; } = new HashSet<string> { Caption, Label, Json };

    /// <summary>Names, in order.</summary>
    public IReadOnlyList<string> Names =>
    [
        "path", "id", .. Where(hasSplits, "split"), .. Where(hasCaptions, "caption"), .. Where(hasLabels, "label"), .. texts,
        .. Where(hasMetadata, PackRows.MetadataColumn),
    ];

    /// <summary>The cells of a sample.</summary>
    /// <param name="sample">With the <see cref="Members"/>.</param>
    /// <param name="path">Of its image or clip.</param>
    /// <param name="id">Its key.</param>
    /// <param name="split">Its part; null where there are no parts.</param>
    public IReadOnlyList<JsonNode?> Row(Sample sample, string path, string id, string? split)
    {
        var row = Of(sample);
        return
        [
            JsonValue.Create(path), row.Id(id), .. Where(hasSplits, JsonValue.Create(split)), .. Where(hasCaptions, row.Caption),
            .. Where(hasLabels, row.Label is null ? null : JsonValue.Create(row.Label)),
            .. texts.Select(name => row.Texts.GetValueOrDefault(name)),
            .. Where(hasMetadata, row.Metadata.Count > 0 ? new JsonObject(row.Metadata) : null),
        ];
    }

    private static IEnumerable<T> Where<T>(bool isThere, T value) => isThere ? [value] : [];

    private Cells Of(Sample sample)
    {
        var (captions, cells) = (TextOf(sample, Caption), new Cells { Label = LabelOf(TextOf(sample, Label)?.Trim()) });
        cells.Caption = captions is null || string.IsNullOrWhiteSpace(captions) ? null
            : captions.StartsWith('[') && captions.EndsWith(']') ? new JsonArray(JsonValue.Create(captions))
            : JsonValue.Create(captions);
        foreach (var (name, value) in Fields(sample))
        {
            if (name == PackedSample.CaptionField && cells.Caption is null && value is JsonArray { Count: > 1 } list
                && list.All(item => item?.GetValueKind() == JsonValueKind.String))
            {
                cells.Caption = list.DeepClone();
            }
            else if (value?.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { Length: > 0 } text
                && (name == "id" || !(Reserved.Contains(name) || TableColumns.MayBeGuessed(name))))
            {
                cells.Texts[name] = JsonValue.Create(text);
            }
            else
            {
                cells.Metadata[name] = value?.DeepClone();
            }
        }

        if (cells.Texts.Remove("id", out var id))
        {
            cells.GivenId = id.GetValue<string>();
            if (SampleKey.Of(cells.GivenId) != sample.Key || cells.GivenId == sample.Key)
            {
                (cells.GivenId, cells.Metadata["id"]) = (null, id);
            }
        }

        return cells;
    }

    private string? LabelOf(string? label)
        => int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < classes?.Count
            && classes[index].Length > 0
            ? classes[index]
            : label;

    private static string? TextOf(Sample sample, string member)
        => sample.Members.TryGetValue(member, out var bytes) ? CaptionedImage.Text(bytes.Span, member) : null;

    private static JsonObject Fields(Sample sample)
    {
        if (!sample.Members.TryGetValue(Json, out var bytes))
        {
            return [];
        }

        try
        {
            using var document = UserJson.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? JsonObject.Create(document.RootElement.Clone())!
                : throw new BadSampleException(CaptionedImage.DamagedJson, $"{UserJson.Describe(document.RootElement)}, not an object");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or TextEncodingException)
        {
            throw new BadSampleException(CaptionedImage.DamagedJson, failure.Message.ReplaceLineEndings(" "));
        }
    }

    private sealed class Cells
    {
        public JsonNode? Caption { get; set; }

        public string? Label { get; init; }

        /// <summary>What the key was made of, where that is known and something else.</summary>
        public string? GivenId { get; set; }

        public Dictionary<string, JsonNode> Texts { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, JsonNode?> Metadata { get; } = new(StringComparer.Ordinal);

        public JsonValue Id(string key) => JsonValue.Create(GivenId ?? key);
    }
}

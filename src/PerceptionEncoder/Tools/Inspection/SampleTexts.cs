using System.Text.Json;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>The texts of samples, and what their JSON holds besides.</summary>
/// <param name="places">Where texts are; null for every text member and the customary fields of every JSON member.</param>
internal sealed class SampleTexts(IReadOnlyList<string>? places)
{
    /// <summary>Reason of a JSON that cannot be read, where no text is taken from it: training does not look at it.</summary>
    public const string DamagedJsonBeside = "damaged JSON, not read for texts";

    private const string Text = "txt";
    private const string Json = "json";

    /// <summary>
    /// Fields that hold captions and what they are made of, the likeliest to be trained on first: as img2dataset, PVD and our own video
    /// engine name them.
    /// </summary>
    private static readonly string[] CustomaryFields =
        ["caption", "captions", "human_caption", "model_caption", "text", "title", "description", "frame_captions"];

    /// <summary>Texts by place, without white space at their ends.</summary>
    /// <param name="sample">As stored.</param>
    /// <param name="fields">Takes name and kind of each field of its JSON.</param>
    /// <param name="bad">Takes what cannot be read.</param>
    public IReadOnlyList<(string Place, string Text)> Read(Sample sample, List<(string Name, string Holds)> fields, List<BadSample> bad)
    {
        var found = new List<(string Place, string Text)>();
        foreach (var (member, bytes) in sample.Members)
        {
            try
            {
                if (Is(member, Text))
                {
                    AddMember(member, bytes, found);
                }
                else if (Is(member, Json))
                {
                    AddFields(member, bytes, found, fields);
                }
            }
            catch (BadSampleException unusable)
            {
                bad.Add(new BadSample(unusable.Reason, sample.Shard, sample.Key, unusable.Message));
            }
            catch (Exception failure) when (failure is JsonException or InvalidOperationException or TextEncodingException)
            {
                bad.Add(new BadSample(
                    places?.Any(place => place.StartsWith($"{member}.", StringComparison.Ordinal)) == false
                        ? DamagedJsonBeside
                        : CaptionedImage.DamagedJson,
                    sample.Shard,
                    sample.Key,
                    $"{member}: {failure.Message.ReplaceLineEndings(" ")}"));
            }
        }

        return [.. found.OrderBy(text => Rank(text.Place))];
    }

    private static bool Is(string member, string extension)
        => member.EndsWith(extension, StringComparison.OrdinalIgnoreCase)
            && (member.Length == extension.Length || member[^(extension.Length + 1)] == '.');

    private void AddMember(string member, ReadOnlyMemory<byte> bytes, List<(string Place, string Text)> found)
    {
        if (places?.Contains(member) != false)
        {
            found.Add((member, CaptionedImage.Text(bytes.Span, member).Trim()));
        }
    }

    private void AddFields(
        string member,
        ReadOnlyMemory<byte> bytes,
        List<(string Place, string Text)> found,
        List<(string Name, string Holds)> fields)
    {
        using var document = UserJson.Parse(bytes);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        fields.AddRange(root.EnumerateObject().Select(field => (field.Name, UserJson.Describe(field.Value))));
        var before = $"{member}.";
        foreach (var place in places ?? [.. CustomaryFields.Select(field => before + field)])
        {
            if (place.StartsWith(before, StringComparison.Ordinal) && Find(root, place[before.Length..].Split('.')) is { } value)
            {
                found.AddRange(Texts(value).Select(text => (place, text.Trim())));
            }
        }
    }

    private static JsonElement? Find(JsonElement element, string[] names)
    {
        foreach (var name in names)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element;
    }

    /// <summary>A text, those of a list, or those that the objects of a list hold as <c>caption</c>.</summary>
    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(item =>
            item.ValueKind == JsonValueKind.String ? [item.GetString()!]
            : Find(item, ["caption"]) is { ValueKind: JsonValueKind.String } caption ? [caption.GetString()!]
            : Array.Empty<string>()),
        _ => [],
    };

    /// <summary>Smaller for what training would take for a caption before another.</summary>
    public int Rank(string place)
    {
        if (places is null)
        {
            return Is(place, Text) ? -1 : Array.IndexOf(CustomaryFields, place[(place.LastIndexOf('.') + 1)..]);
        }

        var rank = 0;
        while (rank < places.Count && places[rank] != place)
        {
            rank++;
        }

        return rank;
    }
}

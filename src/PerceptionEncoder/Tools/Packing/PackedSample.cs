using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>
/// The members of a sample besides its image or clip: <c>txt</c> with the caption, <c>cls</c> with the class index, and <c>json</c> with
/// what else is known and, of several captions, these; its fields are sorted, so that equal rows give equal bytes.
/// </summary>
internal static class PackedSample
{
    /// <summary>Field of the JSON with several captions.</summary>
    public const string CaptionField = "caption";

    private static readonly JsonWriterOptions Layout = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The members, in the order of the shard.</summary>
    /// <param name="row">A usable row.</param>
    /// <param name="classes">Index of each class; null where there are no labels.</param>
    /// <param name="media">Of the image or clip.</param>
    public static IReadOnlyList<(string Extension, ReadOnlyMemory<byte> Data)> Of(
        PackRow row,
        ClassList? classes,
        (string Extension, ReadOnlyMemory<byte> Data) media)
    {
        var members = new List<(string Extension, ReadOnlyMemory<byte> Data)> { media };
        var fields = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (name, value) in row.Metadata)
        {
            fields[name] = value;
        }

        if (row.Captions is [var only])
        {
            members.Add(("txt", Encoding.UTF8.GetBytes(only)));
        }
        else if (row.Captions.Count > 1)
        {
            fields[CaptionField] = new JsonArray([.. row.Captions.Select(caption => JsonValue.Create(caption))]);
        }

        if (row.Label is { } label && classes?.Find(label) is { } index)
        {
            members.Add(("cls", Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture))));
        }

        if (fields.Count > 0)
        {
            members.Add(("json", Json(fields)));
        }

        return members;
    }

    /// <summary>An object of some fields, in their order.</summary>
    public static byte[] Json(IEnumerable<KeyValuePair<string, JsonNode?>> fields)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, Layout))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in fields)
            {
                writer.WritePropertyName(name);
                if (value is null)
                {
                    writer.WriteNullValue();
                }
                else
                {
                    value.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        return json.ToArray();
    }
}

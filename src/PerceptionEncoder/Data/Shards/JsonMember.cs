using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Data.Shards;

/// <summary>The JSON of a sample, changed and written anew.</summary>
internal static class JsonMember
{
    /// <summary>Extension of the member.</summary>
    public const string Extension = "json";

    private static readonly JsonSerializerOptions Layout = new()
    {
        MaxDepth = 1000,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The file with some fields changed; all others are as they were.</summary>
    /// <param name="file">Null where the sample has none yet.</param>
    /// <param name="change">Sets fields; tells whether that was possible.</param>
    /// <returns>Null where the file is damaged or of another layout.</returns>
    public static byte[]? Changed(ReadOnlyMemory<byte>? file, Func<JsonObject, bool> change)
    {
        try
        {
            var fields = new JsonObject();
            if (file is { } bytes)
            {
                using var document = UserJson.Parse(bytes);
                if (document.RootElement.ValueKind != JsonValueKind.Object)
                {
                    return null;
                }

                fields = JsonObject.Create(document.RootElement.Clone())!;
            }

            return change(fields) ? JsonSerializer.SerializeToUtf8Bytes(fields, Layout) : null;
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException or ArgumentException or TextEncodingException)
        {
            return null;
        }
    }

    /// <summary>The members of a sample with this JSON in place of theirs; as they are where it is null.</summary>
    public static IEnumerable<(string Extension, ReadOnlyMemory<byte> Data)> In(
        IEnumerable<(string Extension, ReadOnlyMemory<byte> Data)> members,
        byte[]? json)
        => json is null ? members : members.Where(member => member.Extension != Extension).Append((Extension, json));
}

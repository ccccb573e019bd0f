using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Data.Tables;

/// <summary>One row of a table.</summary>
/// <param name="Place">Where it is, for messages: <c>TABLE:LINE</c>.</param>
/// <param name="Cells">Values by column, as JSON has them; what is empty is not there.</param>
internal sealed record TableRow(string Place, IReadOnlyDictionary<string, JsonNode> Cells)
{
    /// <summary>Why the row cannot be read; null where it can.</summary>
    public string? Problem { get; init; }

    /// <summary>The text of a cell, of anything but a text its JSON; null where it is empty.</summary>
    public string? Text(string column) => Cells.TryGetValue(column, out var cell) ? TextOf(cell) : null;

    /// <summary>A text as it is, anything else as its JSON.</summary>
    public static string TextOf(JsonNode cell)
        => cell is JsonValue value && value.TryGetValue<string>(out var text) ? text : cell.ToJsonString();

    /// <summary>The fields of an object that are not null or an empty text; of a name that is there twice the last.</summary>
    public static Dictionary<string, JsonNode> CellsOf(JsonElement fields)
    {
        var cells = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var field in fields.EnumerateObject())
        {
            cells.Remove(field.Name);
            if (NodeOf(field.Value) is { } node)
            {
                cells.Add(field.Name, node);
            }
        }

        return cells;
    }

    private static JsonNode? NodeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString() is { Length: > 0 } text ? JsonValue.Create(text) : null,
        JsonValueKind.Object => JsonObject.Create(value.Clone()),
        JsonValueKind.Array => JsonArray.Create(value.Clone()),
        _ => JsonValue.Create(value.Clone()),
    };
}

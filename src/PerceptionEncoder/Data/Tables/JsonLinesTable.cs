using System.Text.Json;

namespace PerceptionEncoder.Data.Tables;

/// <summary>A file with one JSON object a line, whose fields are the columns.</summary>
internal sealed class JsonLinesTable : Table
{
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    public JsonLinesTable(string path)
        : base(path) => Columns = ColumnsOf(Rows());

    /// <inheritdoc/>
    public override string Kind => "JSONL table";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns { get; }

    /// <inheritdoc/>
    public override IEnumerable<TableRow> Rows() => UserText.Lines(Path).Select(line => Parse($"{Path}:{line.Number}", line.Utf8));

    private static TableRow Parse(string place, byte[] utf8)
    {
        try
        {
            using var document = UserJson.Parse(utf8);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new TableRow(place, TableRow.CellsOf(document.RootElement))
                : Damaged($"{UserJson.Describe(document.RootElement)}, not an object");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or TextEncodingException)
        {
            return Damaged(failure.Message.ReplaceLineEndings(" "));
        }

        TableRow Damaged(string why) => new(place, new Dictionary<string, System.Text.Json.Nodes.JsonNode>()) { Problem = why };
    }
}

using System.Text;
using System.Text.Json.Nodes;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data.Tables;

/// <summary>A table of text whose first line names the columns: <c>.csv</c> with commas or semicolons, <c>.tsv</c> with tabs.</summary>
internal sealed class DelimitedTable : Table
{
    private readonly char separator;

    /// <exception cref="UserErrorException">The file cannot be read, is empty, or names a column twice.</exception>
    public DelimitedTable(string path)
        : base(path)
    {
        separator = MediaFiles.Extension(path) == "tsv" ? '\t' : Sniff(path);
        using var text = UserText.Reader(path);
        var head = new DelimitedReader(text, separator, path).Rows().FirstOrDefault().Fields
            ?? throw new UserErrorException($"{path}: is empty. Give a table whose first line names its columns.");
        Columns = [.. head.Select((name, index) => name.Trim() is { Length: > 0 } some ? some : $"column{index + 1}")];
        if (Columns.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UserErrorException($"{path}:1: names the column '{twice.Key}' twice. Give each a name of its own.");
        }
    }

    /// <inheritdoc/>
    public override string Kind => separator switch { '\t' => "TSV table", ';' => "CSV table with semicolons", _ => "CSV table" };

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns { get; }

    /// <inheritdoc/>
    public override IEnumerable<TableRow> Rows()
    {
        using var text = UserText.Reader(Path);
        foreach (var (line, fields) in new DelimitedReader(text, separator, Path).Rows().Skip(1))
        {
            var cells = new Dictionary<string, JsonNode>(fields.Count, StringComparer.Ordinal);
            for (var i = 0; i < Math.Min(fields.Count, Columns.Count); i++)
            {
                if (fields[i].Length > 0)
                {
                    cells.Add(Columns[i], JsonValue.Create(fields[i]));
                }
            }

            yield return new TableRow($"{Path}:{line}", cells)
            {
                // Spreadsheets leave out empty fields at the end of a row.
                Problem = fields.Count <= Columns.Count ? null : $"{fields.Count} fields, but {Columns.Count} columns",
            };
        }
    }

    /// <summary>Semicolons where the first line has more of them than commas, as spreadsheets write in many countries.</summary>
    private static char Sniff(string path)
    {
        using var text = UserText.Reader(path);
        try
        {
            var head = new char[1 << 16];
            var start = head.AsSpan(0, text.ReadBlock(head)).TrimStart();
            var end = start.IndexOfAny('\r', '\n');
            start = end < 0 ? start : start[..end];
            return start.Count(';') > start.Count(',') ? ';' : ',';
        }
        catch (DecoderFallbackException)
        {
            throw UserText.NotText(path);
        }
    }
}

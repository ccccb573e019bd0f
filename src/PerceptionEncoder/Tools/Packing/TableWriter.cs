using System.Text;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;
using PerceptionEncoder.Data.Tables;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>Writes a table row by row. Texts stay texts; lists and objects are JSON, in a CSV and in Parquet as text.</summary>
/// <param name="format">Its form.</param>
/// <param name="columns">Names, in order.</param>
internal sealed class TableWriter(TableFormat format, IReadOnlyList<string> columns)
{
    private const int RowsOfGroup = 10_000;

    /// <summary>Writes all rows, flushed to disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">Of each a cell for each column, null where it is empty.</param>
    public void Write(string path, IEnumerable<IReadOnlyList<JsonNode?>> rows)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        if (format == TableFormat.Parquet)
        {
            WriteParquetAsync(file, rows).GetAwaiter().GetResult();
        }
        else
        {
            using var text = new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16, leaveOpen: true);
            if (format == TableFormat.Csv)
            {
                text.Write(DelimitedWriter.Row(columns));
            }

            foreach (var row in rows)
            {
                text.Write(format == TableFormat.Csv ? DelimitedWriter.Row([.. row.Select(Text)]) : JsonLine(row));
            }
        }

        file.Flush(flushToDisk: true);
    }

    private static string Text(JsonNode? cell) => cell is null ? "" : TableRow.TextOf(cell);

    private string JsonLine(IReadOnlyList<JsonNode?> row)
        => Encoding.UTF8.GetString(PackedSample.Json(
            columns.Zip(row).Where(cell => cell.Second is not null).Select(cell => KeyValuePair.Create(cell.First, cell.Second)))) + "\n";

    private async Task WriteParquetAsync(Stream output, IEnumerable<IReadOnlyList<JsonNode?>> rows)
    {
        DataField[] fields = [.. columns.Select(column => new DataField<string>(column, true))];
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), output).ConfigureAwait(false);
        foreach (var some in rows.Chunk(RowsOfGroup))
        {
            using var group = writer.CreateRowGroup();
            for (var i = 0; i < fields.Length; i++)
            {
                string?[] texts = [.. some.Select(row => row[i] is { } cell ? TableRow.TextOf(cell) : null)];
                await group.WriteAsync(fields[i], texts!).ConfigureAwait(false);
            }

            group.CompleteValidate();
        }
    }
}

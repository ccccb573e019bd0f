using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data.Tables;

/// <summary>Rows with named columns, read one after the other as often as asked for, whatever the length of the table.</summary>
/// <param name="path">The file or folder, for messages.</param>
internal abstract class Table(string path)
{
    /// <summary>The rows that packing has left out: a table, but of no pictures.</summary>
    public const string BadRowsFile = "bad-rows.csv";

    /// <summary>Rows of a table without a head that are looked at for the names of their columns.</summary>
    protected const int RowsOfHead = 1000;

    /// <summary>The file or folder.</summary>
    public string Path => path;

    /// <summary>Endings of the files that are tables.</summary>
    public static IReadOnlyList<string> Extensions { get; } = ["csv", "tsv", "jsonl", "ndjson", "parquet"];

    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }

    /// <summary>Names of the columns, in order.</summary>
    public abstract IReadOnlyList<string> Columns { get; }

    /// <summary>The rows, one pass.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, or from some place on not be told into rows.</exception>
    public abstract IEnumerable<TableRow> Rows();

    /// <summary>Whether a file is a table by its name.</summary>
    public static bool IsTable(string path) => Extensions.Contains(MediaFiles.Extension(path));

    /// <summary>Opens a file by its ending and reads the names of its columns.</summary>
    /// <exception cref="UserErrorException">It is no table, is empty, or has a name twice.</exception>
    public static Table Open(string path) => MediaFiles.Extension(path) switch
    {
        "csv" or "tsv" => new DelimitedTable(path),
        "parquet" => new ParquetTable(path),
        _ => new JsonLinesTable(path),
    };

    /// <summary>The one table that lies in a folder, hidden files and lists of bad rows apart; null where there is none.</summary>
    /// <exception cref="UserErrorException">There are several.</exception>
    public static string? FindIn(string folder)
    {
        string[] tables = [.. Directory.EnumerateFiles(folder).Where(IsTable)
            .Where(path => System.IO.Path.GetFileName(path) is var name && name != BadRowsFile && !name.StartsWith('.'))
            .Order(StringComparer.Ordinal)];
        return tables.Length <= 1 ? tables.FirstOrDefault()
            : throw new UserErrorException($"{folder}: holds {tables.Length} tables ("
                + $"{string.Join(", ", tables.Select(System.IO.Path.GetFileName))}). Name the one that is meant.");
    }

    /// <summary>Names of columns in the order they are met in the first rows.</summary>
    protected static IReadOnlyList<string> ColumnsOf(IEnumerable<TableRow> rows)
        => [.. rows.Take(RowsOfHead).SelectMany(row => row.Cells.Keys).Distinct(StringComparer.Ordinal)];
}

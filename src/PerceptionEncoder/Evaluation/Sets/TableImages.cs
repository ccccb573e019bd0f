using System.Globalization;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Labelled images that the rows of a table name, each with its path and its class.</summary>
internal sealed class TableImages : LabelledImages
{
    private readonly Table table;
    private readonly TableColumns columns;
    private readonly TableRow[] rows;
    private readonly Dictionary<string, int> labels;

    private TableImages(EvaluationSetOptions set, Table table, TableColumns columns)
        : base(set)
    {
        (this.table, this.columns) = (table, columns);
        rows = [.. table.Rows()];
        var named = rows.Select(Label).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        Classes = named.All(ImageFolder.IsNumber) && named.Length > 0
                ? [.. Enumerable.Range(0, 1 + named.Max(Number)).Select(label => $"{label}")]
            : Path.Combine(set.Data, ClipBenchmarkFolder.ClassNamesFile) is var list && File.Exists(list) ? Listed(list, named)
            : [.. named.Order(StringComparer.Ordinal)];
        labels = Classes.Select((name, label) => KeyValuePair.Create(name, label)).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>
    /// The name of each label: in the order of <c>classnames.txt</c> where that is there, else in ordinal order; where all are numbers,
    /// these.
    /// </summary>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> OwnNames => Classes;

    /// <inheritdoc/>
    protected override int Border => 0;

    /// <summary>
    /// Opens the one table in a set's folder; null where there is none, it has no column of paths or none of classes, or several folders
    /// with images tell the classes themselves.
    /// </summary>
    /// <exception cref="UserErrorException">There are several tables, or it cannot be read.</exception>
    public static TableImages? Find(EvaluationSetOptions set)
    {
        if (ClassFolders.In(set.Data, MediaFiles.IsImage).Names.Count > 1 || Table.FindIn(set.Data) is not { } path)
        {
            return null;
        }

        var table = Table.Open(path);
        return TableColumns.Of(table, null, null, null, null) is { Path: not null, Label: not null } columns
            ? new TableImages(set, table, columns)
            : null;
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Notes()
    {
        yield return $"{table.Path}: {table.Kind}; {columns.Describe(table)}; {Classes.Count} classes";
    }

    /// <inheritdoc/>
    protected override SetItems<int> Items(string member, Func<Sample, int> label)
    {
        var folder = Path.GetDirectoryName(table.Path)!;
        return new FileItems<int>(
            Array.ConvertAll(rows, row => SetItem<int>.OfFile(
                table.Path,
                row.Text(columns.Path!)?.Trim() ?? row.Place,
                () => Path.Combine(folder, row.Text(columns.Path!)?.Trim() ?? throw Missing(row, columns.Path!)),
                () => labels[Label(row) ?? throw Missing(row, columns.Label!)])),
            rows.Select(row => Path.Combine(folder, row.Text(columns.Path!)?.Trim() ?? "")).Append(table.Path));
    }

    private static string[] Listed(string file, string[] labels)
    {
        var names = ClipBenchmarkFolder.ReadNames(file);
        return labels.FirstOrDefault(label => !names.Contains(label)) is { } unknown
            ? throw new UserErrorException(
                $"{file}: does not name the label '{unknown}' of the table. Write all of its labels, one a line.")
            : names;
    }

    private static int Number(string name) => int.Parse(name, CultureInfo.InvariantCulture);

    private static BadSampleException Missing(TableRow row, string column)
        => row.Problem is { } problem
            ? new BadSampleException("damaged row", problem)
            : new BadSampleException($"missing {column}", $"'{column}' is empty in {row.Place}");

    /// <summary>A number without the zeros before it; null where the cell is empty.</summary>
    private string? Label(TableRow row)
        => row.Text(columns.Label!)?.Trim() is not { Length: > 0 } text ? null
            : ImageFolder.IsNumber(text) ? $"{Number(text)}"
            : text;
}

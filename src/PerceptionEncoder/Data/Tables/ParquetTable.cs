using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;

namespace PerceptionEncoder.Data.Tables;

/// <summary>
/// A Parquet file, read one row group at a time. Its columns are texts, numbers, dates, truth values and lists of texts; others (bytes,
/// structures) are passed over.
/// </summary>
internal sealed class ParquetTable : Table
{
    private readonly (string Name, DataField Data)[] fields;

    /// <exception cref="UserErrorException">The file cannot be read, or is no Parquet.</exception>
    public ParquetTable(string path)
        : base(path)
    {
        var reader = Attempt(() => ParquetReader.CreateAsync(path));
        try
        {
            fields = [.. reader.Schema.Fields.Select(field => (field.Name, Data: DataOf(field)!)).Where(field => field.Data is not null)];
            PassedOver = [.. reader.Schema.Fields.Select(field => field.Name).Except(fields.Select(field => field.Name))];
        }
        finally
        {
            Dispose(reader);
        }
    }

    /// <inheritdoc/>
    public override string Kind => "Parquet table";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns => [.. fields.Select(each => each.Name)];

    /// <summary>Columns of kinds that are not read.</summary>
    public IReadOnlyList<string> PassedOver { get; }

    /// <inheritdoc/>
    public override IEnumerable<TableRow> Rows()
    {
        var reader = Attempt(() => ParquetReader.CreateAsync(Path));
        try
        {
            var number = 0L;
            for (var index = 0; index < reader.RowGroupCount; index++)
            {
                using var group = reader.OpenRowGroupReader(index);
                var count = (int)group.RowCount;
                var columns = Array.ConvertAll(fields, field => Attempt(() => ReadAsync(group, field.Data, count)));
                for (var row = 0; row < count; row++)
                {
                    var cells = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
                    for (var i = 0; i < fields.Length; i++)
                    {
                        if (columns[i][row] is { } cell)
                        {
                            cells.Add(fields[i].Name, cell);
                        }
                    }

                    yield return new TableRow($"{Path}:{++number}", cells);
                }
            }
        }
        finally
        {
            Dispose(reader);
        }
    }

    /// <summary>Where the values of a column are; null where they are of no kind that is read.</summary>
    private static DataField? DataOf(Field field) => field switch
    {
        DataField { IsArray: false } data when IsText(data) || Readers.ContainsKey(data.ClrType) => data,
        ListField { Item: DataField item } when IsText(item) => item,
        _ => null,
    };

    private static bool IsText(DataField field) => field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>);

    private static readonly Dictionary<Type, Func<ParquetRowGroupReader, DataField, int, Task<JsonNode?[]>>> Readers = new()
    {
        [typeof(bool)] = (group, field, count) => ReadAsync<bool>(group, field, count, value => JsonValue.Create(value)),
        [typeof(byte)] = (group, field, count) => ReadAsync<byte>(group, field, count, value => JsonValue.Create(value)),
        [typeof(sbyte)] = (group, field, count) => ReadAsync<sbyte>(group, field, count, value => JsonValue.Create(value)),
        [typeof(short)] = (group, field, count) => ReadAsync<short>(group, field, count, value => JsonValue.Create(value)),
        [typeof(ushort)] = (group, field, count) => ReadAsync<ushort>(group, field, count, value => JsonValue.Create(value)),
        [typeof(int)] = (group, field, count) => ReadAsync<int>(group, field, count, value => JsonValue.Create(value)),
        [typeof(uint)] = (group, field, count) => ReadAsync<uint>(group, field, count, value => JsonValue.Create(value)),
        [typeof(long)] = (group, field, count) => ReadAsync<long>(group, field, count, value => JsonValue.Create(value)),
        [typeof(ulong)] = (group, field, count) => ReadAsync<ulong>(group, field, count, value => JsonValue.Create(value)),
        [typeof(float)] = (group, field, count) => ReadAsync<float>(
            group, field, count, value => float.IsFinite(value) ? JsonValue.Create(value) : null),
        [typeof(double)] = (group, field, count) => ReadAsync<double>(
            group, field, count, value => double.IsFinite(value) ? JsonValue.Create(value) : null),
        [typeof(decimal)] = (group, field, count) => ReadAsync<decimal>(group, field, count, value => JsonValue.Create(value)),
        [typeof(DateTime)] = (group, field, count) => ReadAsync<DateTime>(
            group, field, count, value => JsonValue.Create(value.ToString("O"))),
    };

    private static Task<JsonNode?[]> ReadAsync(ParquetRowGroupReader group, DataField field, int count)
        => field.MaxRepetitionLevel > 0 ? ReadListsAsync(group, field, count)
            : IsText(field) ? ReadTextsAsync(group, field, count)
            : Readers[field.ClrType](group, field, count);

    private static async Task<JsonNode?[]> ReadTextsAsync(ParquetRowGroupReader group, DataField field, int count)
    {
        var values = new string?[count];
        await group.ReadAsync(field, values!).ConfigureAwait(false);
        return Array.ConvertAll(values, text => string.IsNullOrEmpty(text) ? null : (JsonNode)JsonValue.Create(text));
    }

    private static async Task<JsonNode?[]> ReadAsync<T>(ParquetRowGroupReader group, DataField field, int count, Func<T, JsonNode?> node)
        where T : struct
    {
        if (field.IsNullable)
        {
            var some = new T?[count];
            await group.ReadAsync<T>(field, some.AsMemory()).ConfigureAwait(false);
            return Array.ConvertAll(some, value => value is { } there ? node(there) : null);
        }

        var values = new T[count];
        await group.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
        return Array.ConvertAll(values, value => node(value));
    }

    /// <summary>Lists of texts, as JSON lists: a value that repeats nothing begins a row; only those that are there are stored.</summary>
    private static async Task<JsonNode?[]> ReadListsAsync(ParquetRowGroupReader group, DataField field, int count)
    {
        var stored = (int)(group.GetMetadata(field)?.MetaData?.NumValues ?? 0);
        var (values, definitions, repetitions) = (new ReadOnlyMemory<char>[stored], new int[stored], new int[stored]);
        await group.ReadRawAsync<ReadOnlyMemory<char>>(field, values, definitions, repetitions).ConfigureAwait(false);
        var lists = new JsonNode?[count];
        var (row, next) = (-1, 0);
        for (var i = 0; i < stored; i++)
        {
            row += repetitions[i] == 0 ? 1 : 0;
            if (definitions[i] == field.MaxDefinitionLevel)
            {
                ((JsonArray)(lists[row] ??= new JsonArray())).Add((JsonNode)JsonValue.Create(values[next++].ToString()));
            }
        }

        return lists;
    }

    private T Attempt<T>(Func<Task<T>> read)
    {
        try
        {
            return read().GetAwaiter().GetResult();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw new UserErrorException(
                $"{Path}: cannot be read as Parquet ({failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}). Check the file.",
                failure);
        }
    }

    private static void Dispose(ParquetReader reader) => reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
}

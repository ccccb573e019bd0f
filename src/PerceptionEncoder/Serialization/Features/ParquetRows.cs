using System.Text.Json;
using Parquet;
using Parquet.Schema;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>Rows of a Parquet file as <see cref="ParquetFeatures"/> writes it: one row group at a time is in memory.</summary>
internal sealed class ParquetRows : StoredRows
{
    private readonly string path;
    private readonly ParquetReader reader;
    private readonly DataField key;
    private readonly DataField element;
    private readonly long[] starts;
    private (int Group, float[] Numbers) held = (-1, []);

    private ParquetRows(string path, ParquetReader reader, DataField key, DataField element, long[] starts, long[] rowShape)
        : base(ScalarType.Float32, starts[^1], rowShape)
    {
        (this.path, this.reader, this.key, this.element, this.starts) = (path, reader, key, element, starts);
        Metadata = new Dictionary<string, string>(reader.CustomMetadata);
    }

    /// <summary>Whether a file is Parquet with the columns of features.</summary>
    public static bool IsAt(string path)
    {
        try
        {
            var reader = Attempt(path, () => ParquetReader.CreateAsync(path));
            var columns = Columns(reader);
            Close(reader);
            return columns is not null;
        }
        catch (UserErrorException)
        {
            return false;                                       // whoever opens it as what it is said to be says why
        }
    }

    /// <exception cref="UserErrorException">The file cannot be read, or has no columns <c>key</c> and <c>feature</c>.</exception>
    public static ParquetRows Open(string path)
    {
        var reader = Attempt(path, () => ParquetReader.CreateAsync(path));
        try
        {
            if (Columns(reader) is not var (key, element))
            {
                throw new UserErrorException($"{path}: has no columns 'key' of texts and 'feature' of lists of float32. "
                    + "Name a file of features, as encoding writes them.");
            }

            var starts = new long[reader.RowGroupCount + 1];
            for (var group = 0; group < reader.RowGroupCount; group++)
            {
                using var part = reader.OpenRowGroupReader(group);
                starts[group + 1] = starts[group] + part.RowCount;
            }

            return new ParquetRows(path, reader, key, element, starts, Shape(path, reader.CustomMetadata));
        }
        catch
        {
            Close(reader);
            throw;
        }
    }

    /// <inheritdoc/>
    public override Tensor Read(long start, int count)
    {
        var rows = empty([count, .. RowShape], ScalarType.Float32);
        var width = (int)RowShape.Aggregate(1L, (product, side) => product * side);
        for (var done = 0; done < count;)
        {
            var group = GroupOf(start + done);
            var take = (int)Math.Min(count - done, starts[group + 1] - start - done);
            Numbers(group, width).AsSpan((int)(start + done - starts[group]) * width, take * width)
                .CopyTo(TensorMemory.Floats(rows, (long)done * width, take * width));
            done += take;
        }

        return rows;
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Keys()
    {
        for (var group = 0; group < starts.Length - 1; group++)
        {
            using var part = reader.OpenRowGroupReader(group);
            var names = new string?[starts[group + 1] - starts[group]];
            Attempt(path, async () =>
            {
                await part.ReadAsync(key, names!).ConfigureAwait(false);
                return 0;
            });
            foreach (var name in names)
            {
                yield return name ?? "";
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => Close(reader);

    private static (DataField Key, DataField Element)? Columns(ParquetReader reader)
    {
        var fields = reader.Schema.Fields;
        return fields.FirstOrDefault(field => field.Name == ParquetFeatures.KeyColumn) is DataField key
            && (key.ClrType == typeof(string) || key.ClrType == typeof(ReadOnlyMemory<char>))
            && fields.FirstOrDefault(field => field.Name == ParquetFeatures.FeatureColumn) is ListField { Item: DataField element }
            && element.ClrType == typeof(float)
            ? (key, element)
            : null;
    }

    private int GroupOf(long row)
    {
        var found = Array.BinarySearch(starts, row);
        var group = found >= 0 ? found : ~found - 1;
        while (starts[group + 1] == row)
        {
            group++;                                            // past groups without rows
        }

        return group;
    }

    private float[] Numbers(int group, int width)
    {
        if (held.Group != group)
        {
            var length = checked((int)((starts[group + 1] - starts[group]) * width));
            using var part = reader.OpenRowGroupReader(group);
            var stored = part.GetMetadata(element)?.MetaData?.NumValues ?? 0;
            if (stored != length)
            {
                throw new UserErrorException($"{path}: has {stored} numbers in {starts[group + 1] - starts[group]} rows, "
                    + $"where each has {width}. Encode again.");
            }

            var numbers = new float[length];
            Attempt(path, async () =>
            {
                await part.ReadRawAsync<float>(element, numbers, new int[length], new int[length]).ConfigureAwait(false);
                return 0;
            });
            held = (group, numbers);
        }

        return held.Numbers;
    }

    private static long[] Shape(string path, Dictionary<string, string> metadata)
    {
        try
        {
            if (metadata.TryGetValue(ParquetFeatures.RowShape, out var text)
                && JsonSerializer.Deserialize<long[]>(text) is { Length: > 0 } shape && shape.All(side => side > 0))
            {
                return shape;
            }
        }
        catch (JsonException)
        {
            // Said below, as where there is none.
        }

        throw new UserErrorException($"{path}: its metadata name no row_shape. Name a file of features, as encoding writes them.");
    }

    private static T Attempt<T>(string path, Func<Task<T>> read)
    {
        try
        {
            return read().GetAwaiter().GetResult();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw new UserErrorException(
                $"{path}: cannot be read as Parquet ({failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}). Check the file.",
                failure);
        }
    }

    private static void Close(ParquetReader reader) => reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
}

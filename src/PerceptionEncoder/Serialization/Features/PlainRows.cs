using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>Rows that lie in a file one after the other, as <c>.npy</c> and <c>.safetensors</c> have them.</summary>
internal sealed class PlainRows : StoredRows
{
    private readonly string path;
    private readonly FileStream stream;
    private readonly FilePages pages;
    private readonly long begin;
    private readonly FeatureRow row;

    /// <summary>The rows of a table.</summary>
    /// <param name="path">Of the file, for messages.</param>
    /// <param name="stream">Open for reading; this object's from here on.</param>
    /// <param name="begin">Offset of the first byte.</param>
    /// <param name="type">Of a number.</param>
    /// <param name="shape">[rows, row shape...].</param>
    /// <param name="metadata">Text by name, where the file has any.</param>
    public PlainRows(
        string path,
        FileStream stream,
        long begin,
        ScalarType type,
        IReadOnlyList<long> shape,
        IReadOnlyDictionary<string, string> metadata)
        : base(type, shape[0], [.. shape.Skip(1)])
    {
        (this.path, this.stream, this.begin) = (path, stream, begin);
        row = new FeatureRow(type, RowShape);
        pages = new FilePages(path, stream);
        Metadata = metadata;
    }

    /// <summary>Reads the head of a NumPy array.</summary>
    /// <exception cref="UserErrorException">It is no array that features can be in.</exception>
    public static PlainRows Npy(string path, FileStream stream, IReadOnlyDictionary<string, string> metadata)
    {
        var header = NpyHeader.Read(stream, path);
        return new PlainRows(path, stream, header.Begin, header.Type, header.Shape, metadata);
    }

    /// <summary>Reads the head of a safetensors file: its tensor <c>features</c>, or the only one.</summary>
    /// <exception cref="UserErrorException">It is no table of features.</exception>
    public static PlainRows Safetensors(string path, FileStream stream)
    {
        var header = SafetensorsHeader.Read(stream, path);
        var table = header.Entries.GetValueOrDefault(FeatureHeader.TableName)
            ?? (header.Entries.Count == 1 ? header.Entries.Values.First() : null);
        return table is SafetensorsEntry { Shape.Count: >= 2 } entry
            && entry.DType is ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16
            ? new PlainRows(path, stream, entry.Begin, entry.DType, entry.Shape, header.Metadata)
            : throw new UserErrorException($"{path}: holds no tensor '{FeatureHeader.TableName}' of floating numbers with a row for each "
                + "input. Name a file of features, as encoding writes them.");
    }

    /// <inheritdoc/>
    public override Tensor Read(long start, int count)
    {
        var rows = empty([count, .. RowShape], Type);
        pages.ReadInto(rows, begin + (start * row.Bytes));
        return rows;
    }

    /// <inheritdoc/>
    public override Tensor? Map()
    {
        var size = row.Bytes / row.Numbers;
        if (Count == 0 || begin % size != 0)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        return from_file(path, shared: false, size: stream.Length / size, dtype: Type)
            .narrow(0, begin / size, Count * row.Numbers).view([Count, .. RowShape]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose() => pages.Dispose();
}

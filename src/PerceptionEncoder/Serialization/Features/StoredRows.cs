using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>The rows of a finished feature file, whatever its format.</summary>
internal abstract class StoredRows(ScalarType type, long count, IReadOnlyList<long> rowShape) : IDisposable
{
    /// <summary>Of the numbers on disk.</summary>
    public ScalarType Type => type;

    /// <summary>How many there are.</summary>
    public long Count => count;

    /// <summary>Sizes of one row.</summary>
    public IReadOnlyList<long> RowShape => rowShape;

    /// <summary>Text by name that the file holds beside its rows.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; protected init; } = new Dictionary<string, string>();

    /// <summary>Some rows, [count, row shape...] on the CPU, the caller's to dispose.</summary>
    /// <exception cref="UserErrorException">The disk refuses.</exception>
    public abstract Tensor Read(long start, int count);

    /// <summary>All rows over the file's own pages; null where the format or the position does not allow it.</summary>
    public virtual Tensor? Map() => null;

    /// <summary>The names of the rows in their order; null where they are in a file of their own.</summary>
    public virtual IEnumerable<string>? Keys() => null;

    /// <inheritdoc/>
    public abstract void Dispose();
}

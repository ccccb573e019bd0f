using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PerceptionEncoder.Data.Batches;

/// <summary>The fields of one sample, for a decoder to fill. They hold anything before.</summary>
public sealed class SampleFields
{
    private readonly BatchLayout layout;
    private readonly byte[][] memory;
    private readonly int[] lengths;

    /// <param name="layout">Of the batches that the sample is for.</param>
    public SampleFields(BatchLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        this.layout = layout;
        memory = [.. layout.Fields.Select(field => GC.AllocateUninitializedArray<byte>(field.Bytes))];
        lengths = new int[memory.Length];
        Clear();
    }

    /// <summary>The elements of a field, in row-major order.</summary>
    /// <exception cref="ArgumentException">There is no such field, or it has elements of another size.</exception>
    public Span<T> Of<T>(string field)
        where T : unmanaged
    {
        var index = layout.IndexOf(field);
        return Unsafe.SizeOf<T>() == layout.Fields[index].Element.Length ? MemoryMarshal.Cast<byte, T>(memory[index].AsSpan())
            : throw new ArgumentException($"Field {field} is of {layout.Fields[index].Type}, not {typeof(T).Name}.", nameof(field));
    }

    /// <summary>
    /// Says how many entries along a field's first dimension the sample fills: what is behind them becomes padding. Not called, it fills
    /// all.
    /// </summary>
    public void SetLength(string field, int length)
    {
        var index = layout.IndexOf(field);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, layout.Fields[index].Length);
        lengths[index] = length;
    }

    /// <summary>What <see cref="SetLength"/> said.</summary>
    public int LengthOf(string field) => lengths[layout.IndexOf(field)];

    /// <summary>Every field is full again.</summary>
    internal void Clear()
    {
        for (var i = 0; i < lengths.Length; i++)
        {
            lengths[i] = layout.Fields[i].Length;
        }
    }

    /// <summary>Copies a field, padding included, and tells how much of it the sample filled.</summary>
    internal int CopyTo(int index, Span<byte> target)
    {
        var field = layout.Fields[index];
        var filled = lengths[index] * field.EntryBytes;
        memory[index].AsSpan(0, filled).CopyTo(target);
        if (filled < target.Length)
        {
            Pad(field.Element, target[filled..]);
        }

        return lengths[index];
    }

    private static void Pad(ReadOnlySpan<byte> element, Span<byte> target)
    {
        if (!element.ContainsAnyExcept((byte)0))
        {
            target.Clear();
            return;
        }

        for (var offset = 0; offset < target.Length; offset += element.Length)
        {
            element.CopyTo(target[offset..]);
        }
    }
}

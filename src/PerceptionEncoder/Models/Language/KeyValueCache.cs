using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>
/// Keys and values of the tokens that a decoder has seen, so that each new token costs one pass of itself alone. All memory is taken at
/// once, by <see cref="BytesOf"/>'s formula.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] keys;
    private readonly Tensor[] values;
    private readonly Tensor segments;
    private bool hasSegments;

    // B batch · K key and value heads · C capacity · h head size

    /// <summary>An empty cache.</summary>
    /// <param name="options">The decoder.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="capacity">Tokens that each row can hold.</param>
    /// <param name="type">Of the decoder's weights.</param>
    /// <param name="device">Where the decoder is.</param>
    public KeyValueCache(DecoderOptions options, int batch, int capacity, ScalarType type, Device device)
    {
        ArgumentNullException.ThrowIfNull(options);
        Capacity = capacity;
        keys = [.. Enumerable.Range(0, options.Layers).Select(_ => Empty())];
        values = [.. Enumerable.Range(0, options.Layers).Select(_ => Empty())];
        segments = zeros([batch, capacity], int64, device).DetachFromDisposeScope();

        Tensor Empty() => empty([batch, options.KeyValueHeads, capacity, options.HeadSize], type, device).DetachFromDisposeScope();
    }

    /// <summary>Tokens that each row can hold.</summary>
    public int Capacity { get; }

    /// <summary>Tokens that each row holds.</summary>
    public int Length { get; private set; }

    /// <summary>Rows.</summary>
    public int Batch => (int)keys[0].shape[0];

    /// <summary>Memory of the keys and values.</summary>
    public long Bytes => keys.Concat(values).Sum(tensor => tensor.NumberOfElements * tensor.ElementSize);

    /// <summary>2 x layers x rows x tokens x key and value heads x head size x bytes of a number.</summary>
    /// <param name="options">The decoder.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="capacity">Tokens that each row can hold.</param>
    /// <param name="numberBytes">Bytes of a number: 2 in bf16, 4 in float32.</param>
    public static long BytesOf(DecoderOptions options, int batch, int capacity, int numberBytes)
    {
        ArgumentNullException.ThrowIfNull(options);
        return 2L * options.Layers * batch * capacity * options.KeyValueHeads * options.HeadSize * numberBytes;
    }

    /// <summary>Each row becomes a copy of another, as when beams die and split; fewer or more rows than before are allowed.</summary>
    /// <param name="rows">int64, the row that each is to be.</param>
    public void Reorder(Tensor rows)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var tensor in keys.Concat(values).Append(segments))
        {
            tensor.set_(tensor.index_select(0, rows));
        }
    }

    /// <summary>Forgets the last tokens of every row, so that the next ones take their place.</summary>
    /// <param name="length">Tokens that stay.</param>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in keys.Concat(values).Append(segments))
        {
            tensor.Dispose();
        }
    }

    /// <summary>Makes room for new tokens, before the blocks bring theirs.</summary>
    /// <param name="count">New tokens of each row.</param>
    /// <param name="newSegments">int64 [B, L], or null where all tokens of a row are of one sequence, 0.</param>
    /// <returns>Segments of all tokens so far, [B, S], in the caller's scope; null where there never were any.</returns>
    /// <exception cref="UserErrorException">There is no room.</exception>
    internal Tensor? Advance(int count, Tensor? newSegments)
    {
        if (Length + count > Capacity)
        {
            throw new UserErrorException($"{Length + count} tokens are more than the {Capacity} that the cache has room for. "
                + "Shorten the prompt or ask for fewer new tokens.");
        }

        Length += count;
        using var place = segments.narrow(1, Length - count, count);
        if (newSegments is not null)
        {
            place.copy_(newSegments);
            hasSegments = true;
        }
        else
        {
            place.zero_();
        }

        return hasSegments ? segments.narrow(1, 0, Length) : null;
    }

    /// <summary>Keeps a block's keys and values of the tokens that <see cref="Advance"/> made room for.</summary>
    /// <returns>Those of all tokens so far, each [B, K, S, h], in the caller's scope.</returns>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor newKeys, Tensor newValues)
    {
        return (Keep(keys[layer], newKeys), Keep(values[layer], newValues));

        Tensor Keep(Tensor all, Tensor added)
        {
            using var place = all.narrow(2, Length - added.shape[2], added.shape[2]);
            place.copy_(added);
            return all.narrow(2, 0, Length);
        }
    }
}

using PerceptionEncoder.Data.Shards;
using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Batches;

/// <summary>What one micro-batch of a step sees. The owner disposes it; views of its tensors are not valid after that.</summary>
/// <param name="Layout">Names and shapes of the tensors.</param>
/// <param name="Tensors">One a field, [batch, ...].</param>
/// <param name="Keys">Sample keys, in order.</param>
/// <param name="Next">Where reading continues after this batch; a checkpoint stores that of the last batch trained on.</param>
public sealed record Batch(BatchLayout Layout, IReadOnlyList<Tensor> Tensors, IReadOnlyList<string> Keys, DataPosition Next) : IDisposable
{
    /// <summary>Number of samples.</summary>
    public int Size => Keys.Count;

    /// <summary>By field and sample, the entries along the first dimension that hold something; null where all do.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? FilledLengths { get; init; }

    /// <summary>Takes the tensors back for the next batches; without it they are freed.</summary>
    internal IDisposable? Memory { get; init; }

    /// <summary>Samples skipped by reason, up to <see cref="Next"/>.</summary>
    internal IReadOnlyDictionary<string, long> Skipped { get; init; } = new Dictionary<string, long>();

    /// <summary>A field's tensor, [batch, ...].</summary>
    /// <exception cref="ArgumentException">There is no such field.</exception>
    public Tensor this[string field] => Tensors[Layout.IndexOf(field)];

    /// <summary>[batch]: entries along a field's first dimension that hold something; what is behind them is padding.</summary>
    /// <exception cref="ArgumentException">There is no such field.</exception>
    public IReadOnlyList<int> Lengths(string field)
    {
        var index = Layout.IndexOf(field);
        return FilledLengths?[index] ?? [.. Enumerable.Repeat(Layout.Fields[index].Length, Size)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Memory is not null)
        {
            Memory.Dispose();
            return;
        }

        foreach (var tensor in Tensors)
        {
            tensor.Dispose();
        }
    }
}

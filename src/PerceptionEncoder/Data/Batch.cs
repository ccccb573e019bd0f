using static TorchSharp.torch;

namespace PerceptionEncoder.Data;

/// <summary>What one micro-batch of a step sees. The owner disposes it; views of its tensors are not valid after that.</summary>
/// <param name="Images">[batch, 3, height, width], or [batch, frames, 3, height, width] of clips; uint8, objectives scale to [-1, 1] on the device.</param>
/// <param name="Tokens">[batch, context], int64.</param>
/// <param name="Keys">Sample keys, in order.</param>
/// <param name="Next">Where reading continues after this batch; a checkpoint stores that of the last batch trained on.</param>
public sealed record Batch(Tensor Images, Tensor Tokens, IReadOnlyList<string> Keys, DataPosition Next) : IDisposable
{
    /// <summary>Tokens of the longest caption, end token included: what the text tower has to look at.</summary>
    public int UsedTokens { get; init; } = (int)Tokens.shape[1];

    /// <summary>[batch]: leading frames of each clip that hold something; 1 for an image among clips. Null where all do.</summary>
    public IReadOnlyList<int>? FrameCounts { get; init; }

    /// <summary>Number of samples.</summary>
    public int Size => Keys.Count;

    /// <summary>Takes the tensors back for the next batches; without it they are freed.</summary>
    internal IDisposable? Memory { get; init; }

    /// <summary>Samples skipped by reason, up to <see cref="Next"/>.</summary>
    internal IReadOnlyDictionary<string, long> Skipped { get; init; } = new Dictionary<string, long>();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Memory is not null)
        {
            Memory.Dispose();
            return;
        }

        Images.Dispose();
        Tokens.Dispose();
    }
}

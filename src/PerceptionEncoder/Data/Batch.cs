using static TorchSharp.torch;

namespace PerceptionEncoder.Data;

/// <summary>What one micro-batch of a step sees. The owner disposes it.</summary>
/// <param name="Images">[batch, 3, height, width], uint8; objectives scale to [-1, 1] on the device.</param>
/// <param name="Tokens">[batch, context], int64.</param>
/// <param name="Keys">Sample keys, in order.</param>
/// <param name="Next">Where reading continues after this batch; a checkpoint stores that of the last batch trained on.</param>
public sealed record Batch(Tensor Images, Tensor Tokens, IReadOnlyList<string> Keys, DataPosition Next) : IDisposable
{
    /// <summary>Number of samples.</summary>
    public int Size => Keys.Count;

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Tokens.Dispose();
    }
}

using PerceptionEncoder.Serialization.Features;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>Features that are kept for the case of an interruption, with what their items are paired with.</summary>
/// <param name="file">Holds them; null where nothing is kept.</param>
internal sealed class KeptFeatures(FeatureFile? file) : IDisposable
{
    /// <summary>Rows of earlier sessions and this one.</summary>
    public long Rows => file?.Rows ?? 0;

    /// <summary>Items that they came from, unreadable ones included.</summary>
    public long Inputs => file?.Inputs ?? 0;

    /// <summary>The rows of earlier sessions, some at a time.</summary>
    public IEnumerable<(IReadOnlyList<string> Keys, Tensor Rows)> ReadBack(int count) => file?.ReadBack(count) ?? [];

    /// <summary>Keeps some more.</summary>
    /// <param name="keys">Gives a text for each row.</param>
    /// <param name="rows">[B, D].</param>
    /// <param name="inputs">Items passed up to and with the last of them.</param>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Append(Func<IEnumerable<string>> keys, Tensor rows, long inputs) => file?.Append([.. keys()], rows, inputs);

    /// <summary>Makes all rows so far survive whatever comes.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Flush() => file?.Flush();

    /// <summary>Removes them: they are of no more use.</summary>
    public void Discard() => file?.Discard();

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();
}

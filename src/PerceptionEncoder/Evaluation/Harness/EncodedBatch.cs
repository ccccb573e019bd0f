using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>Features of some samples. The caller disposes it.</summary>
/// <param name="Features">[B, D], on the CPU.</param>
/// <param name="Annotations">B labels or lists of captions.</param>
internal sealed record EncodedBatch<T>(Tensor Features, IReadOnlyList<T> Annotations) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Features.Dispose();
}

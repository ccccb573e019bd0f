using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>A chunk of a data set. The caller disposes it.</summary>
/// <param name="Images">[B, 3, H, W], or [B, F, 3, H, W] of clips; uint8, on the CPU.</param>
/// <param name="Annotations">B labels or lists of captions.</param>
internal sealed record EvaluationBatch<T>(Tensor Images, IReadOnlyList<T> Annotations) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Images.Dispose();
}

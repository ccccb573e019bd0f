using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>What was trained on a layer.</summary>
/// <param name="Scores">Tokens [1, P, D], float32, to scores [1, C, g, g].</param>
/// <param name="Chosen">Hyper-parameters that were best on held-out images.</param>
/// <param name="Head">The module, where it is one.</param>
internal sealed record FittedSegmentation(Func<Tensor, Tensor> Scores, IReadOnlyDictionary<string, double> Chosen, nn.Module? Head = null)
    : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Head?.Dispose();
}

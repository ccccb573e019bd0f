namespace PerceptionEncoder.Training;

/// <summary>
/// A named set of metrics of a model on a data set; the same object runs in <c>pe eval</c> and every N steps of training.
/// </summary>
public interface IEvaluator
{
    /// <summary>Short name for logs and metric prefixes.</summary>
    string Name { get; }

    /// <summary>Names of the figures that it will give.</summary>
    IReadOnlyList<string> Metrics { get; }

    /// <summary>
    /// Measures the model it was made with, in eval mode and without gradients; leaves the model's mode as it was. Where ranks share it,
    /// all of them call it, and the one that writes has the figures.
    /// </summary>
    EvaluationResult Evaluate(CancellationToken cancellation);
}

using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

// B batch · C classes
/// <summary>Figures of classification, summed up batch by batch.</summary>
/// <typeparam name="T">What a sample is labelled with: its class, or its classes.</typeparam>
public abstract class ClassFigures<T>
{
    /// <summary>Names of the figures that <see cref="Compute"/> gives.</summary>
    public abstract IReadOnlyList<string> MetricNames { get; }

    /// <summary>Adds one batch.</summary>
    /// <param name="logits">[B, C], any float dtype and device; only their order counts.</param>
    /// <param name="labels">B labels, of class indices in [0, C).</param>
    /// <exception cref="ArgumentException">The shapes disagree or a label is not a class.</exception>
    public abstract void Add(Tensor logits, IReadOnlyList<T> labels);

    /// <summary>The figures by published name, as fractions.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public abstract IReadOnlyDictionary<string, double> Compute();
}

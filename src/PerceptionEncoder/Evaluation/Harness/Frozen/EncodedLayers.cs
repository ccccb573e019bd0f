namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>A set's features at some layers, kept on disk until disposed.</summary>
internal abstract class EncodedLayers : IDisposable
{
    /// <summary>One task at one layer.</summary>
    public abstract LayerFigures Measure(int layer, string task, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract void Dispose();
}

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>All layers of one tower on one set.</summary>
/// <param name="Dataset">Name of the set.</param>
/// <param name="Layers">In the order of their indices.</param>
/// <param name="Samples">Test images.</param>
/// <param name="Unreadable">Test images that could not be read and are not in the figures.</param>
/// <param name="TrainSamples">Training images that were encoded; 0 where no probe needs any.</param>
/// <param name="TrainUnreadable">Training images that could not be read.</param>
/// <param name="EncodeSeconds">Time of the forward passes, with reading and keeping the features.</param>
/// <param name="ProbeSeconds">Time of the probes.</param>
public sealed record LayerResult(
    string Dataset, IReadOnlyList<LayerScores> Layers, int Samples, int Unreadable, int TrainSamples, int TrainUnreadable, double EncodeSeconds, double ProbeSeconds);

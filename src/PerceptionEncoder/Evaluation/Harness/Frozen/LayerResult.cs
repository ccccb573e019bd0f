using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>All layers of one tower on one set.</summary>
/// <param name="Dataset">Name of the set.</param>
/// <param name="Layers">In the order of their indices.</param>
/// <param name="Samples">Test images.</param>
/// <param name="Unreadable">Test images that could not be read and are not in the figures.</param>
/// <param name="TrainSamples">Training images that were encoded; 0 where no probe needs any.</param>
/// <param name="TrainUnreadable">Training images that could not be read.</param>
/// <param name="EncodeSeconds">Time of the forward passes, with reading and keeping the features.</param>
/// <param name="WaitSeconds">The part of it in which the tower waited for pictures.</param>
/// <param name="ProbeSeconds">Time of the probes.</param>
public sealed record LayerResult(
    string Dataset, IReadOnlyList<LayerScores> Layers, int Samples, int Unreadable, int TrainSamples, int TrainUnreadable,
    double EncodeSeconds, double WaitSeconds, double ProbeSeconds)
{
    /// <summary>As evaluators give it: <c>layer_11_knn_acc1</c>.</summary>
    public EvaluationResult Result => new(
        Dataset,
        "layers",
        Layers.SelectMany(layer => layer.Metrics.Select(metric => KeyValuePair.Create(NameOf(layer.Layer, metric.Key), metric.Value)))
            .ToDictionary(),
        Samples,
        Unreadable);

    /// <summary>Name of a figure among those of other layers.</summary>
    internal static string NameOf(int layer, string metric) => $"layer_{layer}_{metric}";

    /// <summary>Of all figures, layer after layer.</summary>
    internal static LayerResult Of(
        string dataset,
        IReadOnlyList<LayerFigures> figures,
        double encodeSeconds,
        double waitSeconds,
        double probeSeconds) => new(
        dataset,
        [.. figures.GroupBy(each => each.Layer)
            .Select(layer => new LayerScores(layer.Key, Named(layer, each => each.Metrics), Named(layer, each => each.Chosen)))],
        figures.Max(each => each.Samples),
        figures.Max(each => each.Unreadable),
        figures.Max(each => each.TrainSamples),
        figures.Max(each => each.TrainUnreadable),
        encodeSeconds,
        waitSeconds,
        probeSeconds);

    private static Dictionary<string, double> Named(
        IEnumerable<LayerFigures> figures,
        Func<LayerFigures, IReadOnlyDictionary<string, double>> values)
        => figures.SelectMany(each => values(each).Select(value => KeyValuePair.Create($"{each.Task}_{value.Key}", value.Value)))
            .ToDictionary();
}

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PerceptionEncoder.Inference;

/// <summary>What an <see cref="EncodingQueue"/> tells of itself, under the meter <see cref="EncodingQueue.MeterName"/>.</summary>
internal sealed class QueueMetrics : IDisposable
{
    private const string Prefix = "encoding.";

    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    };

    private static readonly InstrumentAdvice<int> Sizes = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] };

    private readonly Meter meter = new(EncodingQueue.MeterName);
    private readonly Histogram<double> waits;
    private readonly Histogram<double> computations;
    private readonly Histogram<int> sizes;

    /// <param name="lengths">Callers that are inside, by kind of input.</param>
    public QueueMetrics(params (string Input, Func<int> Length)[] lengths)
    {
        waits = meter.CreateHistogram(Prefix + "request.duration", "s", "From a caller's call to its feature.", advice: Seconds);
        computations = meter.CreateHistogram(Prefix + "batch.duration", "s", "Computation of a batch.", advice: Seconds);
        sizes = meter.CreateHistogram(Prefix + "batch.size", "{input}", "Inputs of a batch.", advice: Sizes);
        meter.CreateObservableUpDownCounter(
            Prefix + "queue.length",
            () => lengths.Select(lane => new Measurement<int>(lane.Length(), Tag(lane.Input))),
            "{caller}",
            "Callers that wait for a feature.");
    }

    /// <summary>A caller has its feature, or leaves without.</summary>
    /// <param name="input">image or text.</param>
    /// <param name="began">Of <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <param name="failure">Why it leaves without.</param>
    public void Left(string input, long began, Exception? failure)
        => waits.Record(
            Stopwatch.GetElapsedTime(began).TotalSeconds,
            Tag(input),
            KeyValuePair.Create<string, object?>(
                "outcome",
                failure switch
                {
                    null => "done",
                    OperationCanceledException => "cancelled",
                    QueueFullException => "refused",
                    _ => "failed",
                }));

    /// <summary>A batch is computed.</summary>
    public void Computed(string input, int size, TimeSpan duration)
    {
        sizes.Record(size, Tag(input));
        computations.Record(duration.TotalSeconds, Tag(input));
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string input) => new("input", input);
}

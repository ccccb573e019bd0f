using System.Diagnostics.Metrics;
using PerceptionEncoder.Inference;

namespace PerceptionEncoder.Tests.Samples;

/// <summary>Counts what queues compute, by their own metrics.</summary>
internal sealed class ComputedInputs : IDisposable
{
    private readonly MeterListener listener = new();
    private long count;
    private long batches;

    public ComputedInputs()
    {
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter.Name == EncodingQueue.MeterName && instrument.Name.EndsWith("batch.size", StringComparison.Ordinal))
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((_, size, _, _) =>
        {
            Interlocked.Add(ref count, size);
            Interlocked.Increment(ref batches);
        });
        listener.Start();
    }

    public long Count => Interlocked.Read(ref count);

    public long Batches => Interlocked.Read(ref batches);

    public void Dispose() => listener.Dispose();
}

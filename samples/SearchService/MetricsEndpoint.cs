using System.Diagnostics.Metrics;
using PerceptionEncoder.Inference;
using Prometheus;

namespace SearchService;

/// <summary>GET /metrics: what the queue and ASP.NET Core measure, as Prometheus reads it.</summary>
internal static class MetricsEndpoint
{
    private static readonly string[] Meters = [EncodingQueue.MeterName, "Microsoft.AspNetCore.Hosting"];

    public static void MapMeters(this WebApplication app)
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        var listening = MeterAdapter.StartListening(new MeterAdapterOptions
        {
            Registry = registry,
            MetricFactory = Prometheus.Metrics.WithCustomRegistry(registry),
            InstrumentFilterPredicate = instrument => Meters.Contains(instrument.Meter.Name),
            ResolveHistogramBuckets = Buckets,
        });
        app.Lifetime.ApplicationStopped.Register(listening.Dispose);
        app.MapMetrics("/metrics", registry);
    }

    /// <summary>Those that the instrument itself advises.</summary>
    private static double[] Buckets(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        _ => MeterAdapterOptions.DefaultHistogramBuckets,
    };
}

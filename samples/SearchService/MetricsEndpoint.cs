using PerceptionEncoder.Inference;
using Prometheus;

namespace SearchService;

/// <summary>GET /metrics: what the queue and ASP.NET Core measure, as Prometheus reads it.</summary>
internal static class MetricsEndpoint
{
    private static readonly string[] Meters =
        [EncodingQueue.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    public static void MapMeters(this WebApplication app)
    {
        var registry = Metrics.NewCustomRegistry();
        var listening = MeterAdapter.StartListening(new MeterAdapterOptions
        {
            Registry = registry,
            MetricFactory = Metrics.WithCustomRegistry(registry),
            InstrumentFilterPredicate = instrument => Meters.Contains(instrument.Meter.Name),
        });
        app.Lifetime.ApplicationStopped.Register(listening.Dispose);
        app.MapMetrics("/metrics", registry);
    }
}

using Microsoft.Extensions.Diagnostics.HealthChecks;
using PerceptionEncoder.Inference;

namespace SearchService;

/// <summary>Healthy as long as a text comes out of the queue in time; degraded while it is full.</summary>
internal sealed class EncoderHealth(EncodingQueue queue) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await queue.EncodeTextAsync("health", cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (QueueFullException full)
        {
            return HealthCheckResult.Degraded(full.Message);
        }
    }
}

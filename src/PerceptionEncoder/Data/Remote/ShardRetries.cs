using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace PerceptionEncoder.Data.Remote;

/// <summary>Attempts to reach a source: again with growing pauses, and none longer than the source may be silent.</summary>
internal sealed class ShardRetries
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly ResiliencePropertyKey<Action<Exception>?> Report = new("report");

    private readonly int retries;
    private readonly ResiliencePipeline again;
    private readonly ResiliencePipeline silence;

    /// <param name="retries">After the first attempt.</param>
    /// <param name="timeout">Of each wait for the source.</param>
    /// <param name="pause">Before the first retry; doubled each time, with some chance in it so that ranks do not come all at once.</param>
    public ShardRetries(int retries, TimeSpan timeout, TimeSpan pause)
    {
        this.retries = retries;
        silence = new ResiliencePipelineBuilder().AddTimeout(timeout).Build();
        again = retries == 0 ? ResiliencePipeline.Empty : new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome.Exception is ShardUnreachableException),
            MaxRetryAttempts = retries,
            BackoffType = DelayBackoffType.Exponential,
            Delay = pause,
            MaxDelay = LongestPause,
            UseJitter = true,
            DelayGenerator = static attempt => ValueTask.FromResult<TimeSpan?>(
                attempt.Outcome.Exception is ShardUnreachableException { RetryAfter: { } asked } && asked > TimeSpan.Zero
                    ? asked < LongestPause ? asked : LongestPause
                    : null),
            OnRetry = static attempt =>
            {
                attempt.Context.Properties.GetValue(Report, null)?.Invoke(attempt.Outcome.Exception!);
                return ValueTask.CompletedTask;
            },
        }).Build();
    }

    /// <summary>Attempts until one succeeds.</summary>
    /// <param name="name">Of the shard, for the message.</param>
    /// <param name="attempt">Waits for the source through <see cref="Wait"/> alone.</param>
    /// <param name="report">Told of each failure that is followed by another attempt; or null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="UserErrorException">None did, or one failed in a way that will not change.</exception>
    public async Task<T> Run<T>(
        string name,
        Func<CancellationToken, Task<T>> attempt,
        Action<Exception>? report,
        CancellationToken cancellation)
    {
        var context = ResilienceContextPool.Shared.Get(cancellation);
        context.Properties.Set(Report, report);
        try
        {
            return await again.ExecuteAsync(
                static async (context, attempt) => await attempt(context.CancellationToken).ConfigureAwait(false),
                context,
                attempt).ConfigureAwait(false);
        }
        catch (ShardUnreachableException failure)
        {
            throw new UserErrorException(
                $"shard {name}: cannot be read, after {retries} {(retries == 1 ? "retry" : "retries")} "
                + $"({failure.Message.ReplaceLineEndings(" ")}). Check its source and the network, then run again.",
                failure);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Waits for one answer or some bytes; silence and faults on the way are worth another attempt.</summary>
    /// <exception cref="ShardUnreachableException">Nothing came.</exception>
    public async Task<T> Wait<T>(Func<CancellationToken, Task<T>> answer, CancellationToken cancellation)
    {
        try
        {
            return await silence.ExecuteAsync(
                static async (answer, cancellation) => await answer(cancellation).ConfigureAwait(false),
                answer,
                cancellation).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException failure)
        {
            throw new ShardUnreachableException($"nothing came for {failure.Timeout.TotalSeconds:0.##} s", failure);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new ShardUnreachableException($"the connection was dropped: {failure.Message.TrimEnd('.')}", failure);
        }
    }
}

namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>When calls may begin: at a rate, and none while the endpoint asks to be left alone.</summary>
/// <param name="perMinute">Calls a minute; null for no limit.</param>
/// <param name="clock">Tells the time and waits.</param>
internal sealed class CallPace(double? perMinute, TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly TimeSpan interval = perMinute is { } calls ? TimeSpan.FromMinutes(1 / calls) : TimeSpan.Zero;
    private DateTimeOffset next = DateTimeOffset.MinValue;

    /// <summary>Waits for the next turn.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        TimeSpan wait;
        lock (gate)
        {
            var now = clock.GetUtcNow();
            var turn = next > now ? next : now;
            next = turn + interval;
            wait = turn - now;
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, clock, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Lets no call begin for a while.</summary>
    public void PauseFor(TimeSpan time)
    {
        lock (gate)
        {
            var end = clock.GetUtcNow() + time;
            next = end > next ? end : next;
        }
    }
}

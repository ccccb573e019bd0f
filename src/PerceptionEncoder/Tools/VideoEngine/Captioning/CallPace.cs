namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>When calls may begin: at a rate, and none while the endpoint asks to be left alone.</summary>
/// <param name="perMinute">Calls a minute; null for no limit.</param>
/// <param name="clock">Tells the time and waits.</param>
internal sealed class CallPace(double? perMinute, TimeProvider clock)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly TimeSpan interval = perMinute is { } calls ? TimeSpan.FromMinutes(1 / calls) : TimeSpan.Zero;
    private DateTimeOffset next = DateTimeOffset.MinValue;

    /// <summary>Waits for the next turn, and through every pause that is asked for meanwhile.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        while (Left() is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait < LongestWait ? wait : LongestWait, clock, cancellation).ConfigureAwait(false);
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

    /// <summary>Zero where a call may begin, which then takes its turn.</summary>
    private TimeSpan Left()
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            if (next > now)
            {
                return next - now;
            }

            // Timers wake a little late; the rate is kept all the same.
            next = (now - next < interval ? next : now) + interval;
            return TimeSpan.Zero;
        }
    }
}

namespace PerceptionEncoder.Tests.Tools.VideoEngine.Refinement;

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class SetClock : TimeProvider
{
    private DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => now;

    public void Add(TimeSpan time) => now += time;
}

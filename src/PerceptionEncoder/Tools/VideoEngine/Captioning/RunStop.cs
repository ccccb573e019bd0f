namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>Why a run asks nothing more: the first reason counts. What is under way comes to its end.</summary>
internal sealed class RunStop
{
    private UserErrorException? reason;

    /// <summary>Null as long as the run goes on.</summary>
    public UserErrorException? Reason => Volatile.Read(ref reason);

    /// <summary>Stops.</summary>
    public void Because(UserErrorException failure) => Interlocked.CompareExchange(ref reason, failure, null);
}

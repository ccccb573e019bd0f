using System.Diagnostics;

namespace PerceptionEncoder.Training;

/// <summary>
/// Samples a second and the share of time spent waiting for data, since the last reading. Only steps count: evaluation and checkpoints are
/// not training speed.
/// </summary>
/// <param name="waited">Time spent waiting so far.</param>
internal sealed class ThroughputMeter(Func<TimeSpan> waited)
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan waitedBefore = waited();
    private double seconds;
    private long samples;

    /// <summary>A step ended.</summary>
    public void Count(int batch)
    {
        seconds += clock.Elapsed.TotalSeconds;
        clock.Restart();
        samples += batch;
    }

    /// <summary>The next step starts now.</summary>
    public void LeaveOutPauses() => clock.Restart();

    /// <summary>Adds <c>images_per_second</c> and <c>data_wait</c>; returns seconds a sample.</summary>
    public double Read(Dictionary<string, double> metrics)
    {
        var secondsPerSample = seconds / samples;
        metrics["images_per_second"] = 1 / secondsPerSample;
        var waitedNow = waited();
        metrics["data_wait"] = (waitedNow - waitedBefore).TotalSeconds / seconds;
        (seconds, samples, waitedBefore) = (0, 0, waitedNow);
        return secondsPerSample;
    }
}

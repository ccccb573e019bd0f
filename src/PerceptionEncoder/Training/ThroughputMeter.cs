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
    private long samples;

    /// <summary>Seconds of training since the last reading.</summary>
    public double Seconds { get; private set; }

    /// <summary>Steps in them.</summary>
    public int Steps { get; private set; }

    /// <summary>A step ended.</summary>
    public void Count(int batch)
    {
        Seconds += clock.Elapsed.TotalSeconds;
        Steps++;
        clock.Restart();
        samples += batch;
    }

    /// <summary>The next step starts now.</summary>
    public void LeaveOutPauses() => clock.Restart();

    /// <summary>Adds <c>images_per_second</c> and <c>data_wait</c>; returns seconds a sample.</summary>
    public double Read(Dictionary<string, double> metrics)
    {
        var secondsPerSample = Seconds / samples;
        metrics["images_per_second"] = 1 / secondsPerSample;
        var waitedNow = waited();
        metrics["data_wait"] = (waitedNow - waitedBefore).TotalSeconds / Seconds;
        (Seconds, Steps, samples, waitedBefore) = (0, 0, 0, waitedNow);
        return secondsPerSample;
    }
}

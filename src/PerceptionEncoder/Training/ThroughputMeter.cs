using System.Diagnostics;
using PerceptionEncoder.Data.Batches;

namespace PerceptionEncoder.Training;

/// <summary>Samples a second and the share of time spent waiting for data, since the last reading. Only steps count: evaluation and checkpoints are not training speed.</summary>
internal sealed class ThroughputMeter(DataLoader data)
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan waitedBefore = data.Waited;
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
        metrics["data_wait"] = (data.Waited - waitedBefore).TotalSeconds / seconds;
        (seconds, samples, waitedBefore) = (0, 0, data.Waited);
        return secondsPerSample;
    }
}

using PerceptionEncoder.Models;
using System.Diagnostics;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>Time and memory of loading a checkpoint, against reading its bytes once.</summary>
/// <param name="FileBytes">Size of the file.</param>
/// <param name="ReadSeconds">Reading it from the page cache, as <c>cat</c> does; the fastest pass.</param>
/// <param name="LoadSeconds">From the path to a model with all weights in memory; the fastest pass.</param>
/// <param name="ExtraPeakBytes">How far resident memory rose above what it was before, over all passes.</param>
public sealed record LoadBenchmark(long FileBytes, double ReadSeconds, double LoadSeconds, long ExtraPeakBytes)
{
    private const int Passes = 3;
    private const int BufferBytes = 1 << 17;

    /// <summary>Loading time over reading time.</summary>
    public double TimeRatio => LoadSeconds / ReadSeconds;

    /// <summary>Extra memory over the size of the file.</summary>
    public double MemoryRatio => (double)ExtraPeakBytes / FileBytes;

    /// <summary>Loads a checkpoint several times.</summary>
    /// <param name="path">As <see cref="ModelWeights.Open"/> takes it; one file.</param>
    /// <exception cref="UserErrorException">It cannot be loaded.</exception>
    public static LoadBenchmark Run(string path)
    {
        TorchRuntime.Initialize();
        var file = WeightsLocation.Find(path);
        var read = Enumerable.Range(0, Passes).Min(_ => Seconds(() => ReadThrough(file)));
        ProcessUsage.ResetPeak();
        var before = ProcessUsage.Read().ResidentBytes;
        var load = Enumerable.Range(0, Passes).Min(_ => Seconds(() => Load(file)));
        return new LoadBenchmark(new FileInfo(file).Length, read, load, ProcessUsage.Read().PeakResidentBytes - before);
    }

    private static void Load(string file)
    {
        using var checkpoint = ModelWeights.Open(file);
        using var model = checkpoint.Load(checkpoint.Architecture);
    }

    private static void ReadThrough(string file)
    {
        var buffer = new byte[BufferBytes];
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        while (stream.Read(buffer) > 0)
        {
        }
    }

    private static double Seconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }
}

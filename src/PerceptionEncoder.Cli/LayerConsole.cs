using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Evaluation.Harness.Frozen;

namespace PerceptionEncoder.Cli;

/// <summary>Progress of probes and sweeps as lines, not more often than one can read.</summary>
internal sealed class LayerConsole
{
    private static readonly TimeSpan ShowEvery = TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1);

    private readonly Stopwatch since = Stopwatch.StartNew();

    public void Show(LayerProgress progress)
    {
        if (since.Elapsed < ShowEvery)
        {
            return;
        }

        since.Restart();
        var left = progress.Total is { } total && progress.Done > 0
            ? $"  eta {TimeSpan.FromSeconds((total - progress.Done) / progress.PerSecond):hh\\:mm\\:ss}"
            : "";
        var done = progress.Total is { } all ? $"{progress.Done} of {all} layers" : $"{progress.Done} images, {progress.PerSecond:0.#}/s";
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{progress.What}: {done}{left}"));
    }
}

using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Tools.Features;

namespace PerceptionEncoder.Cli;

/// <summary>Says on stderr now and then how far an encoding run is.</summary>
internal sealed class EncodingConsole
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1);

    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan next = Every;

    public void Show(EncodingProgress progress)
    {
        if (clock.Elapsed < next)
        {
            return;
        }

        next = clock.Elapsed + Every;
        var unreadable = progress.Unreadable > 0 ? $"  {progress.Unreadable} unreadable" : "";
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.Rows} rows  {progress.RowsPerSecond:0.#}/s  encoder busy {progress.EncoderShare:P1}{unreadable}"));
    }
}

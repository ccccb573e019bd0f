using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Tools.VideoEngine;

namespace PerceptionEncoder.Cli;

/// <summary>What a user sees of a run of the video engine: a live line on a terminal, a line now and then elsewhere.</summary>
internal sealed class EngineConsole : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(Console.IsOutputRedirected ? 10 : 0.5);

    private readonly Lock gate = new();
    private readonly Stopwatch shown = Stopwatch.StartNew();
    private readonly StatusLine? live = IsTerminal()
        ? new StatusLine(StandardStreams.Current.Terminal, () => Console.WindowWidth is > 0 and var width ? width : 80)
        : null;

    /// <summary>Such as <c>2 time-out, 1 refusal</c>.</summary>
    public static string Reasons(IReadOnlyDictionary<string, long> counts)
        => string.Join(", ", counts.OrderByDescending(entry => entry.Value).Select(entry => Invariant($"{entry.Value:N0} {entry.Key}")));

    /// <summary>Shows how far it is, unless it did a moment ago.</summary>
    public void Show(EngineProgress progress)
    {
        lock (gate)
        {
            if (shown.Elapsed < Every && progress.Done < progress.Clips)
            {
                return;
            }

            shown.Restart();
        }

        var (count, rate) = (Invariant($"{progress.Done:N0} of {progress.Clips:N0} clips"), Invariant($"{progress.PerSecond:0.##}/s"));
        var left = progress.Left is { } time ? $"eta {(int)time.TotalHours}h{time.Minutes:D2}m{time.Seconds:D2}s" : "";
        var spent = Invariant($"{progress.Tokens:N0} tokens") + (progress.Cost > 0 ? Invariant($", cost {progress.Cost:0.####}") : "");
        var failures = Reasons(progress.Failures);
        if (live is not null)
        {
            live.Show((double)progress.Done / progress.Clips, (5, count), (3, rate), (4, left), (2, spent), (1, failures));
            return;
        }

        Console.Error.WriteLine(string.Join("  ", new[] { count, rate, left, spent, failures }.Where(part => part.Length > 0)));
    }

    /// <summary>Prints a line above the live one.</summary>
    public void Print(string line)
    {
        if (live is null)
        {
            Console.Error.WriteLine(line);
        }
        else
        {
            live.Print(VisibleText.Line(line));
        }
    }

    public void Dispose() => live?.Dispose();

    private static bool IsTerminal()
        => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using PerceptionEncoder.Training;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Display;

namespace PerceptionEncoder.Cli;

/// <summary>
/// What a user sees of a run: a live line on a terminal, plain lines elsewhere; and the structured log in the run's folder.
/// </summary>
internal sealed class TrainingConsole : IDisposable
{
    private readonly Logger log;
    private readonly StatusLine? live;

    private TrainingConsole(RunFolder folder)
    {
        // A launcher of ranks may put a terminal between a rank and the file or pipe that its output goes to.
        live = folder.World.Size == 1 && IsTerminal() ? new StatusLine(StandardStreams.Current.Terminal, Columns) : null;
        var rank = folder.World.Rank;
        log = new LoggerConfiguration().MinimumLevel.Debug().Enrich.With<SecretConcealing>()
            .WriteTo.File(new VisibleJson(), folder.Log)
            .WriteTo.Sink(
                new Lines(line => Print(rank == 0 ? line : $"rank {rank}: {line}")),
                rank == 0 ? LogEventLevel.Information : LogEventLevel.Warning)
            .CreateLogger();
    }

    public ILogger Log => log;

    public static TrainingConsole Open(RunFolder folder) => new(folder);

    /// <summary>Shows a logged step.</summary>
    public void Show(TrainingProgress progress)
    {
        if (live is null)
        {
            Print($"{DateTime.Now:HH:mm:ss} {Describe(progress)}");
        }
        else
        {
            live.Show(
                (double)progress.Step / progress.TotalSteps,
                (5, $"{progress.Step}/{progress.TotalSteps}"),
                (1, $"{progress.Stage.Resolution}px"),
                (4, $"loss {progress.Metrics["loss"]:F3}"),
                (2, progress.Rate),
                (3, $"{Duration(progress.Remaining)} left"));
        }
    }

    public void Dispose()
    {
        live?.Dispose();
        log.Dispose();
    }

    private void Print(string line)
    {
        if (live is null)
        {
            Console.WriteLine(line);
        }
        else
        {
            live.Print(VisibleText.Line(line));
        }
    }

    private static string Describe(TrainingProgress progress)
    {
        var metrics = progress.Metrics;
        return $"step {progress.Step}/{progress.TotalSteps}  stage {progress.Stage.Index + 1}/{progress.Stages} "
            + $"{progress.Stage.Resolution}px  loss {metrics["loss"]:F4}  lr {metrics["learning_rate"]:0.##e-0}  "
            + $"{progress.Rate}  data wait {metrics["data_wait"]:P1}  "
            + (metrics.TryGetValue("slowest_rank", out var slowest)
                ? $"rank wait {metrics["rank_wait"]:P1}  slowest rank {slowest}  "
                : "")
            + $"eta {Duration(progress.Remaining)}";
    }

    private static string Duration(TimeSpan time)
        => time.TotalHours >= 1 ? $"{(int)time.TotalHours}h{time.Minutes:D2}m" : $"{time.Minutes}m{time.Seconds:D2}s";

    private static bool IsTerminal()
        => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    private static int Columns() => Console.WindowWidth is > 0 and var width ? width : 80;

    /// <summary>Events as lines; a part of its own, since the log disposes of its sinks.</summary>
    private sealed class Lines(Action<string> print) : ILogEventSink
    {
        private readonly MessageTemplateTextFormatter formatter = new("{Timestamp:HH:mm:ss} {Message:lj}", CultureInfo.InvariantCulture);

        public void Emit(LogEvent logEvent)
        {
            var line = new StringWriter(CultureInfo.InvariantCulture);
            formatter.Format(logEvent, line);
            print(line.ToString());
        }
    }

    /// <summary>JSON in which nothing is hidden either: what a terminal would obey is written as the escape that JSON has for it.</summary>
    private sealed class VisibleJson : ITextFormatter
    {
        private readonly CompactJsonFormatter formatter = new();

        public void Format(LogEvent logEvent, TextWriter output)
        {
            var line = new StringWriter(CultureInfo.InvariantCulture);
            formatter.Format(logEvent, line);
            output.Write(VisibleText.Lines(line.ToString()));
        }
    }
}

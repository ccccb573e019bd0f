using System.Globalization;
using PerceptionEncoder.Training;
using Serilog;
using Serilog.Core;
using Serilog.Formatting.Compact;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary>What a user sees of a run: a live bar on a terminal, plain lines elsewhere; and the structured log in the run's folder.</summary>
internal sealed class TrainingConsole : IDisposable
{
    private readonly Logger log;
    private readonly LiveProgress? live;

    private TrainingConsole(string logFile)
    {
        var configuration = new LoggerConfiguration().MinimumLevel.Debug().Enrich.With<SecretConcealing>().WriteTo.File(new CompactJsonFormatter(), logFile);
        if (AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
        {
            live = new LiveProgress();
            configuration = configuration.WriteTo.Sink(live, Serilog.Events.LogEventLevel.Information);
        }
        else
        {
            configuration = configuration.WriteTo.Console(Serilog.Events.LogEventLevel.Information, "{Timestamp:HH:mm:ss} {Message:lj}{NewLine}", CultureInfo.InvariantCulture);
        }

        log = configuration.CreateLogger();
    }

    public ILogger Log => log;

    public static TrainingConsole Open(string logFile) => new(logFile);

    /// <summary>Shows a logged step.</summary>
    public void Show(TrainingProgress progress)
    {
        if (live is null)
        {
            Console.WriteLine($"{DateTime.Now:HH:mm:ss} {Describe(progress)}");
        }
        else
        {
            live.Show(progress, DescribeShort(progress));
        }
    }

    public void Dispose()
    {
        live?.Dispose();
        log.Dispose();
    }

    private static string Describe(TrainingProgress progress)
    {
        var metrics = progress.Metrics;
        return $"step {progress.Step}/{progress.TotalSteps}  stage {progress.Stage.Index + 1}/{progress.Stages} {progress.Stage.Resolution}px  loss {metrics["loss"]:F4}  lr {metrics["learning_rate"]:0.##e-0}  "
            + $"{metrics["images_per_second"]:N0} img/s  data wait {metrics["data_wait"]:P1}  eta {Duration(progress.Remaining)}";
    }

    /// <summary>What fits beside a bar on 80 columns.</summary>
    private static string DescribeShort(TrainingProgress progress)
        => $"{progress.Step}/{progress.TotalSteps}  {progress.Stage.Resolution}px  loss {progress.Metrics["loss"]:F3}  {progress.Metrics["images_per_second"]:N0} img/s  {Duration(progress.Remaining)} left";

    private static string Duration(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours}h{time.Minutes:D2}m" : $"{time.Minutes}m{time.Seconds:D2}s";
}

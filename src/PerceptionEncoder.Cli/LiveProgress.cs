using PerceptionEncoder.Training;
using Serilog.Core;
using Serilog.Events;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary>A progress bar that stays at the bottom of the terminal while log lines scroll above it.</summary>
internal sealed class LiveProgress : ILogEventSink, IDisposable
{
    private const int BarWidth = 20;

    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task rendering;
    private readonly ProgressTask bar;

    public LiveProgress()
    {
        var started = new TaskCompletionSource<ProgressTask>(TaskCreationOptions.RunContinuationsAsynchronously);
        rendering = AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn { Width = BarWidth }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(async context =>
            {
                started.SetResult(context.AddTask("starting"));
                await finished.Task;
            });
        bar = started.Task.GetAwaiter().GetResult();
    }

    public void Show(TrainingProgress progress, string line)
    {
        bar.MaxValue = progress.TotalSteps;
        bar.Value = progress.Step;
        bar.Description = Markup.Escape(line);
    }

    public void Emit(LogEvent logEvent) => AnsiConsole.MarkupLineInterpolated($"[grey]{logEvent.Timestamp:HH:mm:ss}[/] {logEvent.RenderMessage()}");

    public void Dispose()
    {
        finished.TrySetResult();
        rendering.GetAwaiter().GetResult();
    }
}

using PerceptionEncoder.Configuration;
using Serilog;

namespace PerceptionEncoder.Training;

/// <summary>Where a run's figures go: <c>metrics.jsonl</c>, TensorBoard, the log and the display; of the writing rank alone.</summary>
internal sealed class TrainingJournal : IDisposable
{
    private readonly MetricsLog? metrics;
    private readonly TensorBoardWriter? tensorBoard;
    private readonly ILogger log;
    private readonly Action<TrainingProgress> display;

    /// <param name="folder">The run's folder.</param>
    /// <param name="resumeStep">Lines of later steps are dropped, so that an interrupted run's file equals an uninterrupted one's.</param>
    /// <param name="log">The run's log.</param>
    /// <param name="display">Called at every logged step.</param>
    /// <param name="evaluatedStep">As <see cref="MetricsLog"/> takes it.</param>
    public TrainingJournal(RunFolder folder, long resumeStep, ILogger log, Action<TrainingProgress> display, long? evaluatedStep = null)
    {
        if (folder.World.Writes)
        {
            metrics = new MetricsLog(folder.Metrics, resumeStep, evaluatedStep);
            tensorBoard = new TensorBoardWriter(folder.TensorBoard, resumeStep);
        }

        this.log = log;
        this.display = display;
    }

    /// <summary>Records a logged step.</summary>
    public void Step(TrainingProgress progress)
    {
        metrics?.Append(progress.Step, progress.Metrics);
        foreach (var (name, value) in progress.Metrics)
        {
            tensorBoard?.Scalar($"train/{name}", value, progress.Step);
        }

        tensorBoard?.Flush();
        if (metrics is not null)
        {
            display(progress);
        }
    }

    /// <summary>Records what an evaluator measured.</summary>
    public void Evaluation(long step, long samples, string name, EvaluationResult result)
    {
        name = Secrets.Conceal(name);
        metrics?.AppendEvaluation(step, samples, name, result);
        foreach (var (metric, value) in result.Metrics)
        {
            tensorBoard?.Scalar($"{name}/{metric}", value, step);
        }

        tensorBoard?.Flush();
        var figures = string.Join("  ", result.Metrics.Select(metric => $"{metric.Key} {metric.Value:P1}"));
        log.Information(
            "Step {Step}: {Set}  {Figures}  (n = {Samples}{Unreadable})",
            step,
            name,
            figures,
            result.Samples,
            result.Unreadable > 0 ? $", {result.Unreadable} unreadable" : "");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        metrics?.Dispose();
        tensorBoard?.Dispose();
    }
}

using PerceptionEncoder.Configuration;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Training;
using PerceptionEncoder.Training.Reports;

namespace PerceptionEncoder.Tools.Ablation;

/// <summary>
/// Trains every step of an ablation, one run folder each, and tells what each is worth. Finished runs are not trained again and interrupted
/// ones go on, so that the same command ends in the same table.
/// </summary>
/// <typeparam name="TConfig">Of the recipe that is ablated.</typeparam>
/// <param name="config">The steps.</param>
/// <param name="file">The config's own path: its base is relative to it.</param>
/// <param name="train">Trains one config to its end, from its last checkpoint where there is one.</param>
/// <param name="problems">
/// What prevents a run, asked of all that are not finished before the first is trained; null where nothing can.
/// </param>
public sealed class AblationStudy<TConfig>(
    AblationConfig config,
    string file,
    Action<TConfig> train,
    Func<TConfig, IReadOnlyList<string>>? problems = null)
    where TConfig : TrainingConfig
{
    /// <summary>Folder of the runs, the table and the chart.</summary>
    public string Folder { get; } = Path.GetFullPath(Path.Combine(config.Output, config.Name));

    /// <summary>Trains and measures; table and chart are written anew after each run.</summary>
    /// <param name="only">Numbers of steps from 1, or empty for all.</param>
    /// <param name="report">Told of each run before it starts.</param>
    /// <param name="stop">Stops between runs; what is under way saves a checkpoint.</param>
    /// <exception cref="UserErrorException">A step's config is not valid (found before anything is trained), or a run fails.</exception>
    public IReadOnlyList<AblationRow> Run(IReadOnlyList<int> only, Action<string> report, CancellationToken stop)
    {
        if (only.FirstOrDefault(number => number < 1 || number > config.Steps.Count) is var wrong and not 0)
        {
            throw new UserErrorException($"--only {wrong}: the ablation has steps 1 to {config.Steps.Count}.");
        }

        var runs = Enumerable.Range(0, config.Steps.Count)
            .SelectMany(step => config.Seeds.Select(seed => (Step: step, Config: Resolve(step, seed)))).ToArray();
        var asked = runs.Where(run => only.Count == 0 || only.Contains(run.Step + 1)).ToArray();
        Demand(asked.Select(run => run.Config));
        AtomicFolder.Create(Folder);
        foreach (var (step, run) in asked)
        {
            stop.ThrowIfCancellationRequested();
            if (IsFinished(run))
            {
                report($"{run.Run.Name}: finished before");
                continue;
            }

            report($"{run.Run.Name}: {config.Steps[step].Name}");
            train(run);
            Write(Rows(runs));
        }

        var rows = Rows(runs);
        Write(rows);
        return rows;
    }

    /// <summary>Nothing is trained where one of the runs could not be.</summary>
    private void Demand(IEnumerable<TConfig> runs)
    {
        var unfinished = runs.Where(run => !IsFinished(run)).ToArray();
        if (Array.Find(unfinished, IsOfAnotherConfig) is { } other)
        {
            var changes = string.Join("; ", Changes(other));
            throw new UserErrorException($"{FolderOf(other)}: was trained with another config: {changes}. "
                + "Choose another name for the ablation, or delete the folder.");
        }

        string[] found = [.. unfinished.SelectMany(run => problems?.Invoke(run) ?? []).Distinct()];
        if (found.Length > 0)
        {
            throw new UserErrorException(found);
        }
    }

    private TConfig Resolve(int step, ulong seed)
    {
        var sets = config.Cumulative ? config.Steps.Take(step + 1).SelectMany(each => each.Set) : config.Steps[step].Set;
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, config.Base);
        try
        {
            return ConfigLoader.Load<TConfig>(
                path,
                [.. sets, $"run.name={NameOf(step, seed)}", $"run.output={Folder}", $"run.seed={seed}"]).Value;
        }
        catch (ConfigException problem)
        {
            throw new UserErrorException($"{file}: step {step + 1} ({config.Steps[step].Name}): {problem.Message}", problem);
        }
    }

    private static string NameOf(int step, ulong seed) => $"step-{step + 1}-seed-{seed}";

    private static string FolderOf(TConfig run) => Path.Combine(run.Run.Output, run.Run.Name);

    /// <summary>Other evaluations make another row; all else that a resumed run may change makes the same.</summary>
    private static IEnumerable<ConfigDifference> Changes(TConfig run)
        => RunReadiness.Changes(run, FolderOf(run))
            .Where(change => change.Key.StartsWith("evaluation.", StringComparison.Ordinal) || !RunReadiness.MayChange(change.Key));

    private static bool IsOfAnotherConfig(TConfig run) => LastCheckpoint(run) is not null && Changes(run).Any();

    /// <summary>Whether a run of this config has trained and measured to its end.</summary>
    private static bool IsFinished(TConfig run)
        => LastCheckpoint(run) is { } last
            && last.Step == End(run)
            && CheckpointStore.ReadState(last).EvaluatedStep == last.Step
            && !Changes(run).Any();

    private static long End(TConfig run) => StagePlan.Lay(run.StageList)[^1].End;

    private static CheckpointFolder? LastCheckpoint(TConfig run)
        => WeightsLocation.LatestCheckpoint(Path.Combine(FolderOf(run), RunFolder.CheckpointsName)) is { } latest
            ? CheckpointFolder.Parse(latest)
            : null;

    /// <summary>Of each step, what its finished runs have measured at their end.</summary>
    private AblationRow[] Rows(IEnumerable<(int Step, TConfig Config)> runs)
        => [.. runs.GroupBy(run => run.Step, run => run.Config).Select(step =>
        {
            var results = step.Where(IsFinished).Select(FinalEvaluations).ToArray();
            return new AblationRow(
                step.Key + 1,
                config.Steps[step.Key].Name,
                Mean(results, result => result[config.Accuracy]),
                config.Robustness.Count == 0 ? null : Mean(results, result => config.Robustness.Average(metric => result[metric])),
                [.. config.Robustness.Concat(config.Metrics).Select(metric => (metric, Mean(results, result => result[metric])))],
                results.Length)
            {
                Spread = results.Length == 0 ? null
                    : (results.Min(result => result[config.Accuracy]), results.Max(result => result[config.Accuracy])),
            };
        })];

    private static double? Mean(IReadOnlyDictionary<string, double>[] results, Func<IReadOnlyDictionary<string, double>, double> value)
        => results.Length == 0 ? null : results.Average(value);

    /// <summary>Every metric at a run's last step.</summary>
    private Dictionary<string, double> FinalEvaluations(TConfig run)
    {
        var end = End(run);
        var final = RunMetrics.Read(Path.Combine(FolderOf(run), "metrics.jsonl")).Evaluations
            .SelectMany(set => set.Where(point => point.Step == end)
                .TakeLast(1)
                .SelectMany(point => point.Metrics.Select(metric => ($"{set.Key}/{metric.Key}", metric.Value))))
            .ToDictionary(entry => entry.Item1, entry => entry.Value);
        var missing = config.Robustness.Concat(config.Metrics).Prepend(config.Accuracy)
            .FirstOrDefault(metric => !final.ContainsKey(metric));
        return missing is null
            ? final
            : throw new UserErrorException(
                $"{file}: {missing} is not measured by the runs; {config.Base} measures {string.Join(", ", final.Keys)}.");
    }

    private void Write(IReadOnlyList<AblationRow> rows)
    {
        AtomicFile.WriteAllText(Path.Combine(Folder, "ablation.md"), AblationTable.Markdown(rows));
        AtomicFile.WriteAllText(Path.Combine(Folder, "ablation.csv"), AblationTable.Csv(rows));
        AtomicFile.WriteAllText(Path.Combine(Folder, "ablation.svg"), AblationChart.Svg(config.Name, rows));
    }
}

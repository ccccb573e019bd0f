using PerceptionEncoder.Configuration;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Training;
using PerceptionEncoder.Training.Reports;

namespace PerceptionEncoder.Recipes.Ablation;

/// <summary>
/// Trains every step of an ablation, one run folder each, and tells what each is worth. Finished runs are not trained again and interrupted ones go on, so that
/// the same command ends in the same table.
/// </summary>
/// <param name="config">The steps.</param>
/// <param name="file">The config's own path: its base is relative to it.</param>
/// <param name="train">Trains one config to its end, from its last checkpoint where there is one.</param>
public sealed class AblationStudy(AblationConfig config, string file, Action<PretrainConfig> train)
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

        var runs = Enumerable.Range(0, config.Steps.Count).Where(step => only.Count == 0 || only.Contains(step + 1))
            .SelectMany(step => config.Seeds.Select(seed => (Step: step, Config: Resolve(step, seed)))).ToArray();
        Directory.CreateDirectory(Folder);
        foreach (var (step, run) in runs)
        {
            stop.ThrowIfCancellationRequested();
            if (IsFinished(run))
            {
                report($"{run.Run.Name}: finished before");
                continue;
            }

            report($"{run.Run.Name}: {config.Steps[step].Name}");
            train(run);
            Write(Rows());
        }

        var rows = Rows();
        Write(rows);
        return rows;
    }

    private PretrainConfig Resolve(int step, ulong seed)
    {
        var sets = config.Cumulative ? config.Steps.Take(step + 1).SelectMany(each => each.Set) : config.Steps[step].Set;
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, config.Base);
        try
        {
            return ConfigLoader.Load<PretrainConfig>(path, [.. sets, $"run.name={NameOf(step, seed)}", $"run.output={Folder}", $"run.seed={seed}"]).Value;
        }
        catch (ConfigException problem)
        {
            throw new UserErrorException($"{file}: step {step + 1} ({config.Steps[step].Name}): {problem.Message}", problem);
        }
    }

    private static string NameOf(int step, ulong seed) => $"step-{step + 1}-seed-{seed}";

    /// <summary>Whether a run of exactly this config has trained and measured to its end.</summary>
    private static bool IsFinished(PretrainConfig run)
    {
        var folder = Path.Combine(run.Run.Output, run.Run.Name);
        var written = Path.Combine(folder, "config.yaml");
        if (!File.Exists(written))
        {
            return false;
        }

        if (File.ReadAllText(written) != ConfigYaml.Write(run))
        {
            throw new UserErrorException($"{folder}: was trained with another config. Choose another name for the ablation, or delete the folder.");
        }

        var checkpoints = Path.Combine(folder, "checkpoints");
        return WeightsLocation.LatestCheckpoint(checkpoints) is { } latest && CheckpointFolder.Parse(latest) is { } last && last.Step == StagePlan.Lay(run.Stages)[^1].End
            && CheckpointStore.ReadState(last).EvaluatedStep == last.Step;
    }

    private AblationRow[] Rows() => [.. config.Steps.Select((step, i) =>
    {
        var results = config.Seeds.Select(seed => Path.Combine(Folder, NameOf(i, seed), "metrics.jsonl")).Where(File.Exists).Select(LastEvaluations).OfType<IReadOnlyDictionary<string, double>>().ToArray();
        return new AblationRow(
            i + 1,
            step.Name,
            Mean(results, result => result[config.Accuracy]),
            config.Robustness.Count == 0 ? null : Mean(results, result => config.Robustness.Average(metric => result[metric])),
            [.. config.Robustness.Select(metric => (metric, Mean(results, result => result[metric])))],
            results.Length);
    })];

    private static double? Mean(IReadOnlyDictionary<string, double>[] results, Func<IReadOnlyDictionary<string, double>, double> value) => results.Length == 0 ? null : results.Average(value);

    /// <summary>The last measurement of every metric that the table needs; null before there is one.</summary>
    private Dictionary<string, double>? LastEvaluations(string metrics)
    {
        var last = RunMetrics.Read(metrics).Evaluations
            .SelectMany(set => set.MaxBy(point => point.Step)!.Metrics.Select(metric => ($"{set.Key}/{metric.Key}", metric.Value)))
            .ToDictionary(entry => entry.Item1, entry => entry.Value);
        if (last.Count == 0)
        {
            return null;
        }

        var missing = config.Robustness.Prepend(config.Accuracy).FirstOrDefault(metric => !last.ContainsKey(metric));
        return missing is null ? last : throw new UserErrorException($"{file}: {missing} is not measured by the runs; {config.Base} measures {string.Join(", ", last.Keys)}.");
    }

    private void Write(IReadOnlyList<AblationRow> rows)
    {
        AtomicFile.WriteAllText(Path.Combine(Folder, "ablation.md"), AblationTable.Markdown(rows));
        AtomicFile.WriteAllText(Path.Combine(Folder, "ablation.csv"), AblationTable.Csv(rows));
        AtomicFile.Write(Path.Combine(Folder, "ablation.png"), path => AblationChart.Write(path, config.Name, rows));
    }
}

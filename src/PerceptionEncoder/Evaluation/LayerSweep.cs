using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Layers;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Evaluation;

/// <summary>
/// Measures every task at every layer of some checkpoints and writes <c>layers.csv</c>, <c>layers.svg</c> and a result for each checkpoint
/// and set. Table and figure are written anew after each set, so that a long sweep can be watched.
/// </summary>
/// <param name="config">Checkpoints, layers, sets.</param>
/// <param name="locate">The local path of a checkpoint.</param>
public sealed class LayerSweep(LayerSweepConfig config, Func<string, string> locate)
{
    /// <summary>Folder of the table, the figure and the results.</summary>
    public string Folder { get; } = Path.GetFullPath(Path.Combine(config.Output, config.Name));

    private string Unfinished => Path.Combine(Folder, "unfinished");

    /// <summary>Measures everything. An interrupted sweep goes on when repeated, layer by layer and task by task.</summary>
    /// <param name="log">Takes a line for each set that is done and each image that cannot be used.</param>
    /// <param name="report">Told after each batch and each probe.</param>
    /// <param name="cancellation">Stops between batches and steps; figures that are done are on disk.</param>
    /// <exception cref="UserErrorException">A checkpoint or set is missing, has no such layer, or cannot do a task.</exception>
    public LayerTable Run(Action<string> log, Action<LayerProgress>? report, CancellationToken cancellation)
    {
        AtomicFolder.Create(Folder);
        try
        {
            var table = Measure(log, report, cancellation);
            FinishedFigures.In(Unfinished, "").Discard();
            return table;
        }
        catch (OperationCanceledException)
        {
            log("stopped; the same command goes on from here");
            throw;
        }
    }

    private LayerTable Measure(Action<string> log, Action<LayerProgress>? report, CancellationToken cancellation)
    {
        var rows = new List<LayerRow>();
        foreach (var model in config.Models)
        {
            using var tower = FrozenTower.Open(
                locate(model.Checkpoint),
                config.Compute,
                model.ImageSize,
                config.Sets.Any(set => set.Tasks.Contains(ProbeTask.Zeroshot)),
                config.Precision);
            if (rows.Count == 0)
            {
                config.Compute.Prepare(log);
            }

            if (tower.Origin is { } origin)
            {
                log($"{tower.Path}: read from {origin}");
            }

            var count = tower.Vision.Options.Layers;
            int[] layers = config.Layers.Count == 0
                ? [.. Enumerable.Range(0, count)]
                : [.. config.Layers.Select(tower.Vision.ResolveLayer).Distinct().Order()];
            var hash = WeightsHash.Of(tower.Path);
            var finished = FinishedFigures.In(
                Unfinished,
                $"{hash} {tower.Origin} {tower.Vocabulary} {tower.Vision.Options.ImageSize} {config.Precision.Products(tower.Device)} "
                + $"{tower.Device}");
            var work = new LayerWork { Log = log, Report = report, Cache = config.Cache, Finished = finished };
            LayerEvaluator[] evaluators =
            [
                .. config.Sets.Select(set => Evaluators.OfLayers(set, tower, layers, config.Probes, config.Feature, work)),
                .. config.Segmentation.Select(set => Evaluators.OfLayers(set, tower, layers, work, pictures: null)),
                .. config.Depth.Select(set => Evaluators.OfLayers(set, tower, layers, work, pictures: null)),
                .. config.Tracking.Select(set => Evaluators.OfLayers(set, tower, layers, work, results: null)),
                .. config.Correspondence.Select(set => Evaluators.OfLayers(set, tower, layers, work, pictures: null)),
                .. config.Questions.Select(set => Evaluators.OfLayers(set, tower, layers, work)),
            ];
            foreach (var evaluator in evaluators)
            {
                var result = evaluator.Run(cancellation);
                log($"{model.Name}, {result.Dataset}: {layers.Length} layers; encoding {result.TrainSamples + result.Samples} images "
                    + $"{result.EncodeSeconds:0.0} s, {result.WaitSeconds:0.0} s of it waiting for pictures; "
                    + $"probes {result.ProbeSeconds:0.0} s");
                rows.AddRange(result.Layers.SelectMany(layer => layer.Metrics.Select(
                    metric => new LayerRow(model.Name, $"{result.Dataset}/{metric.Key}", layer.Layer, count, metric.Value))));
                Write(model, tower, hash, result, rows);
            }
        }

        return new LayerTable(rows);
    }

    private void Write(SweptModel model, FrozenTower tower, string hash, LayerResult result, List<LayerRow> rows)
    {
        EvaluationReportJson.Write(
            Path.Combine(Folder, $"{model.Name}-{result.Dataset}.json"), result.Result, tower.Path, hash,
            new
            {
                Config = config with
                {
                    Compute = config.Compute.Settled(tower.Device),
                    Precision = config.Precision.On(tower.Device),
                },
                result.TrainSamples,
                result.TrainUnreadable,
                Chosen = result.Layers.ToDictionary(layer => $"layer_{layer.Layer}", layer => layer.Chosen),
            },
            config.Probes.Seed);

        var table = new LayerTable(rows);
        AtomicFile.WriteAllText(Path.Combine(Folder, "layers.csv"), table.Csv());
        AtomicFile.WriteAllText(Path.Combine(Folder, "layers.svg"), LayerChart.Svg(table.Headline()));
    }
}

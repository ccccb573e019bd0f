using System.Text.Json;

namespace PerceptionEncoder.Training.Reports;

/// <summary>
/// The contents of <c>metrics.jsonl</c>, in the order of steps. A resumed run logs some steps again: the later line counts.
/// </summary>
internal sealed class RunMetrics
{
    private readonly List<TrainingPoint> training = [];
    private readonly List<(string Dataset, EvaluationPoint Point)> evaluations = [];

    private RunMetrics()
    {
    }

    public IReadOnlyList<TrainingPoint> Training => training;

    /// <summary>By data set, in order of first appearance.</summary>
    public IEnumerable<IGrouping<string, EvaluationPoint>> Evaluations => evaluations.GroupBy(entry => entry.Dataset, entry => entry.Point);

    /// <summary>Lines that are no JSON object with a step: a killed process leaves at most one.</summary>
    public int UnreadableLines { get; private set; }

    /// <summary>Resolution of each stage and the samples seen when it began.</summary>
    public IEnumerable<(double Samples, double Resolution)> Stages
    {
        get
        {
            var (current, before) = (double.NaN, 0.0);
            foreach (var point in training)
            {
                if (point.Values.TryGetValue("resolution", out var resolution) && resolution != current)
                {
                    yield return (before, resolution);
                    current = resolution;
                }

                before = point.Samples;
            }
        }
    }

    /// <summary>Reads a file that a run may be writing to.</summary>
    public static RunMetrics Read(string path)
    {
        var metrics = new RunMetrics();
        using var stream = RegularFile.OpenRead(path);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && !metrics.Add(line))
            {
                metrics.UnreadableLines++;
            }
        }

        return metrics;
    }

    private bool Add(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("step", out var stepValue)
                || !stepValue.TryGetInt64(out var step))
            {
                return false;
            }

            var numbers = Numbers(root);
            var samples = numbers.TryGetValue("samples", out var given) ? given : SamplesAt(step);
            if (root.TryGetProperty("evaluation", out var evaluation) && evaluation.ValueKind == JsonValueKind.Object)
            {
                foreach (var set in evaluation.EnumerateObject().Where(set => set.Value.ValueKind == JsonValueKind.Object))
                {
                    evaluations.RemoveAll(entry => entry.Dataset == set.Name && entry.Point.Step >= step);
                    evaluations.Add((set.Name, new EvaluationPoint(step, samples, Numbers(set.Value))));
                }
            }
            else
            {
                var keep = training.FindLastIndex(point => point.Step < step) + 1;
                training.RemoveRange(keep, training.Count - keep);
                training.Add(new TrainingPoint(step, samples, numbers));
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private double SamplesAt(long step) => training.FindLast(point => point.Step <= step)?.Samples ?? 0;

    private static Dictionary<string, double> Numbers(JsonElement values)
        => values.EnumerateObject().Where(each => each.Value.ValueKind == JsonValueKind.Number).GroupBy(each => each.Name)
            .ToDictionary(group => group.Key, group => group.Last().Value.GetDouble());
}

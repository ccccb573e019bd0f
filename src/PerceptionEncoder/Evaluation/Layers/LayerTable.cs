using System.Globalization;
using System.Text;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Evaluation.Layers;

/// <summary>The figures of a sweep: normalised, summed up, and as CSV.</summary>
public sealed class LayerTable(IReadOnlyList<LayerRow> rows)
{
    private readonly Dictionary<string, (double Low, double High)> ranges = rows.GroupBy(row => row.Task)
        .ToDictionary(task => task.Key, task => (task.Min(row => row.Value), task.Max(row => row.Value)));

    /// <summary>All figures.</summary>
    public IReadOnlyList<LayerRow> Rows { get; } = rows;

    /// <summary>Tasks in the order they were measured in.</summary>
    public IReadOnlyList<string> Tasks { get; } = [.. rows.Select(row => row.Task).Distinct()];

    /// <summary>
    /// The figure's place between the lowest, 0, and the highest, 1, that any layer of any model reached in the task; 1 where all are
    /// equal.
    /// </summary>
    public double Normalized(LayerRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var (low, high) = Range(row.Task);
        return high > low ? (row.Value - low) / (high - low) : 1;
    }

    /// <summary>The lowest and the highest figure of a task.</summary>
    public (double Low, double High) Range(string task) => ranges[task];

    /// <summary>For each task and model the best layer, the first of equals, and the last one measured.</summary>
    public IReadOnlyList<(LayerRow Best, LayerRow Last)> Summary()
        => [.. Rows.GroupBy(row => (row.Task, row.Model))
            .Select(group => (group.MaxBy(row => row.Value)!, group.MaxBy(row => row.Layer)!))];

    /// <summary>The customary metric of each task alone: top-1, the mean intersection over union, exact answers, J and F.</summary>
    public LayerTable Headline()
        => new([.. Rows.Where(
            row => row.Task.EndsWith("_acc1", StringComparison.Ordinal) || row.Task.EndsWith("_miou", StringComparison.Ordinal)
                || row.Task.EndsWith("_exact", StringComparison.Ordinal) || row.Task.EndsWith("_jf_mean", StringComparison.Ordinal))]);

    /// <summary>A line a figure.</summary>
    public string Csv()
    {
        var text = new StringBuilder("model,task,layer,layers,value,normalized\n");
        foreach (var row in Rows)
        {
            text.Append(
                TableText.CsvLine([row.Model, row.Task, $"{row.Layer}", $"{row.Layers}", Number(row.Value), Number(Normalized(row))]));
        }

        return text.ToString();

        static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
    }
}

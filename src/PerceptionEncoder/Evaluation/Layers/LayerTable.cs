using System.Globalization;
using System.Text;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Evaluation.Layers;

/// <summary>The figures of a sweep: normalised, summed up, and as CSV.</summary>
public sealed class LayerTable(IReadOnlyList<LayerRow> rows)
{
    /// <summary>Ends of the names of the metrics that a task is known by.</summary>
    private static readonly string[] Customary = ["_acc1", "_miou", "_jf_mean", "_rmse", "_pck@0.1", "_exact"];

    private readonly Dictionary<string, (double Low, double High)> ranges = rows.GroupBy(row => row.Task)
        .ToDictionary(task => task.Key, task => (task.Min(row => row.Value), task.Max(row => row.Value)));

    /// <summary>All figures.</summary>
    public IReadOnlyList<LayerRow> Rows { get; } = rows;

    /// <summary>Tasks in the order they were measured in.</summary>
    public IReadOnlyList<string> Tasks { get; } = [.. rows.Select(row => row.Task).Distinct()];

    /// <summary>
    /// The figure's place between the worst, 0, and the best, 1, that any layer of any model reached in the task; 1 where all are equal.
    /// </summary>
    public double Normalized(LayerRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var (low, high) = Range(row.Task);
        return high > low ? (row.IsError ? high - row.Value : row.Value - low) / (high - low) : 1;
    }

    /// <summary>The lowest and the highest figure of a task.</summary>
    public (double Low, double High) Range(string task) => ranges[task];

    /// <summary>For each task and model the best layer, the first of equals, and the last one measured.</summary>
    public IReadOnlyList<(LayerRow Best, LayerRow Last)> Summary()
        => [.. Rows.GroupBy(row => (row.Task, row.Model))
            .Select(group => (group.MaxBy(Normalized)!, group.MaxBy(row => row.Layer)!))];

    /// <summary>
    /// The customary metric of each task alone: top-1, the mean intersection over union, J and F, the root mean square of depth's error,
    /// key points within a tenth, exact answers.
    /// </summary>
    public LayerTable Headline()
        => new([.. Rows.Where(row => Array.Exists(Customary, end => row.Task.EndsWith(end, StringComparison.Ordinal)))]);

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

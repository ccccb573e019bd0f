using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Training;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary>Figures of a dense task at one layer, as a table and as a file.</summary>
internal static class DenseResult
{
    public static Option<int> Layer() => new("--layer")
    {
        Description = "The layer, counted from 0; negative counts from the end.",
        HelpName = "K",
        DefaultValueFactory = _ => -1,
    };

    public static Option<string?> Cache() => new("--cache")
    {
        Description = "Folder for features while heads are trained; the system's for temporary files by default.",
        HelpName = "DIR",
    };

    public static Option<string?> SavePictures() => new("--save-pictures")
    {
        Description = "Write a PNG for each test picture to this folder: it, the truth and the answer.",
        HelpName = "DIR",
    };

    public static Option<int> Number(string name, string description, int preset)
        => new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => preset };

    /// <summary>Prints the figures, and writes them where that is asked for.</summary>
    /// <param name="measured">One layer.</param>
    /// <param name="task">Its name in the result.</param>
    /// <param name="tower">What was measured.</param>
    /// <param name="request">All that was asked for.</param>
    /// <param name="seed">Of the heads.</param>
    /// <param name="json">File of the result; null for none.</param>
    /// <param name="format">Of the figures in the table.</param>
    public static void Show(
        LayerResult measured,
        string task,
        FrozenTower tower,
        object request,
        ulong seed,
        string? json,
        string format)
    {
        var scores = measured.Layers[0];
        var table = new Table()
            .Title($"{TableConsole.Cell(measured.Dataset)}  ({TableConsole.Cell(tower.Path)}, layer {scores.Layer})")
            .AddColumn("metric")
            .AddColumn(new TableColumn("value").RightAligned());
        foreach (var (name, value) in scores.Metrics)
        {
            table.AddRow(TableConsole.Cell(name), value.ToString(format, CultureInfo.InvariantCulture));
        }

        foreach (var (name, value) in scores.Chosen)
        {
            table.AddRow($"[grey]{TableConsole.Cell(name)}[/]", $"[grey]{value.ToString("0.######", CultureInfo.InvariantCulture)}[/]");
        }

        table.Caption(
            $"n = {Count(measured.Samples, measured.Unreadable)}; trained on {Count(measured.TrainSamples, measured.TrainUnreadable)}");
        TableConsole.Write(table);
        if (json is not null)
        {
            EvaluationReportJson.Write(
                json,
                new EvaluationResult(measured.Dataset, task, scores.Metrics, measured.Samples, measured.Unreadable),
                tower.Path,
                WeightsHash.Of(tower.Path),
                new { request, measured.TrainSamples, measured.TrainUnreadable, scores.Chosen },
                seed);
        }
    }

    private static string Count(int samples, int unreadable)
        => unreadable > 0 ? $"{samples} of {samples + unreadable}, {unreadable} unreadable" : $"{samples}";
}

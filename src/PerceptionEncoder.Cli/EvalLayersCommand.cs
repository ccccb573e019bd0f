using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Layers;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval layers</c>: where in a network the features for each task are.</summary>
internal static class EvalLayersCommand
{
    public static Command Create()
    {
        var config = new Argument<string>("CONFIG") { Description = "The sweep's YAML config." };
        var set = CommonOptions.Set();
        var json = CommonOptions.Json();
        var command = new Command(
            "layers",
            """
            Measure any of kNN, linear probe, attention probe, zero-shot, segmentation, depth, tracking, correspondence and questions
            at every layer of one or more checkpoints, with one forward pass over the data, and write a figure (SVG), the data (CSV)
            and a result for each checkpoint and set.

            Example:
              pe eval layers configs/eval/cifar10-layers.yaml
            """)
        { config, set, json };
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var loaded = ConfigLoader.Load<LayerSweepConfig>(result.GetRequiredValue(config), result.GetValue(set) ?? []).Value;
            LaunchedRanks.OnFirst(loaded.Compute.Device, "layers", () => Measure(loaded, result.GetValue(json)));
        });
        return command;
    }

    private static void Measure(LayerSweepConfig config, string? json)
    {
        var sweep = new LayerSweep(config, CommonOptions.Locate);
        var table = sweep.Run(Console.Error.WriteLine, new LayerConsole().Show, StopSignals.Current.Token);
        Print(table.Headline());
        Console.WriteLine($"Figure: {sweep.Folder}/layers.svg   Data: {sweep.Folder}/layers.csv");
        CommonOptions.WriteJson(
            json,
            table.Summary().Select(entry => new
            {
                entry.Best.Model,
                entry.Best.Task,
                BestLayer = entry.Best.Layer,
                Best = entry.Best.Value,
                LastLayer = entry.Last.Layer,
                Last = entry.Last.Value,
            }));
    }

    private static void Print(LayerTable table)
    {
        var shown = new Table().AddColumns(Column("task"), Column("model"), Column("best layer"), Column("last layer"));
        foreach (var (best, last) in table.Summary())
        {
            shown.AddRow(TableConsole.Cell(best.Task), TableConsole.Cell(best.Model), Text(best), Text(last));
        }

        TableConsole.Write(shown);
    }

    private static TableColumn Column(string name) => new TableColumn(name).NoWrap();

    private static string Text(LayerRow row)
        => $"{row.Layer}: {row.Value.ToString(row.IsError ? "0.0000" : "P2", CultureInfo.InvariantCulture)}";
}

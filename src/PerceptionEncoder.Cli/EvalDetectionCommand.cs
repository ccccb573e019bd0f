using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Evaluation.Dense.Detection;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Serialization.Weights;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval detection</c>: detections in a file against annotated objects.</summary>
internal static class EvalDetectionCommand
{
    private static readonly string[] Protocols = ["coco"];

    public static Command Create()
    {
        var protocol = CommonOptions.Choice("--protocol", "How detections are scored.", Protocols);
        var truth = new Option<string>("--truth")
        {
            Description = "Annotations in COCO's format, such as instances_val2017.json.",
            HelpName = "FILE",
            Required = true,
        };
        var predictions = new Option<string>("--predictions")
        {
            Description = "Detections in COCO's format: a JSON list of image_id, category_id, score and bbox or segmentation.",
            HelpName = "FILE",
            Required = true,
        };
        var kind = CommonOptions.Choice("--kind", "What is compared: boxes or masks.", DetectionKind.Bbox);
        var classAgnostic = new Option<bool>("--class-agnostic") { Description = "Find objects whatever they are said to be." };
        var json = CommonOptions.Json();
        var command = new Command(
            "detection",
            """
            Average precision and recall of detections in a file, of any detector, as COCO scores them.

            Example:
              pe eval detection --truth instances_val2017.json --predictions detections.json --kind segm --json detection.json
            """)
        { protocol, truth, predictions, kind, classAgnostic, json };
        command.SetAction(result =>
        {
            var evaluation = new DetectionEvaluation
            {
                Truth = result.GetRequiredValue(truth),
                Predictions = result.GetRequiredValue(predictions),
                Kind = result.GetValue(kind),
                ClassAgnostic = result.GetValue(classAgnostic),
            };
            var scores = evaluation.Run(Console.Error.WriteLine);
            Print(scores, evaluation.Predictions);
            if (result.GetValue(json) is { } path)
            {
                EvaluationReportJson.Write(
                    path,
                    scores.Result,
                    evaluation.Predictions,
                    WeightsHash.Of(evaluation.Predictions),
                    new { Protocol = result.GetRequiredValue(protocol), Evaluation = evaluation, scores.Categories });
            }
        });
        return command;
    }

    private static void Print(DetectionScores scores, string predictions)
    {
        var figures = new Table().Title($"{TableConsole.Cell(scores.Result.Dataset)}  ({TableConsole.Cell(predictions)})")
            .AddColumn("metric")
            .AddColumn(new TableColumn("value").RightAligned());
        foreach (var (name, value) in scores.Result.Metrics)
        {
            figures.AddRow(TableConsole.Cell(name), value < 0 ? "-" : Percent(value));
        }

        figures.Caption($"{scores.Result.Samples} pictures");
        TableConsole.Write(figures);

        var categories = new Table().AddColumn("category");
        foreach (var heading in new[] { "objects", "AP", "AP50", "AP75", "AR100" })
        {
            categories.AddColumn(new TableColumn(heading).RightAligned());
        }

        foreach (var category in scores.Categories.Where(category => category.Objects > 0))
        {
            categories.AddRow(
                TableConsole.Cell(category.Category),
                category.Objects.ToString(CultureInfo.InvariantCulture),
                Percent(category.AveragePrecision),
                Percent(category.AveragePrecision50),
                Percent(category.AveragePrecision75),
                Percent(category.Recall));
        }

        TableConsole.Write(categories);
    }

    private static string Percent(double? value) => value?.ToString("P2", CultureInfo.InvariantCulture) ?? "-";
}

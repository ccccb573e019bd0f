using System.CommandLine;
using PerceptionEncoder.Evaluation.QuestionAnswering;
using PerceptionEncoder.Evaluation.Reports;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval vqa</c>: scores answers to questions about pictures, and captions.</summary>
internal static class EvalVqaCommand
{
    public static Command Create()
    {
        var sets = new Argument<string[]>("SET")
        {
            Description = $"Folders whose names begin with a set's, or NAME=PATH: {string.Join(", ", QuestionAnsweringRun.Known)}.",
            Arity = ArgumentArity.OneOrMore,
        };
        var data = new Option<string?>("--data")
        {
            Description = "Folder of all sets, or of the only one; PE_EVAL by default.",
            HelpName = "DIR",
        };
        var split = new Option<string?>("--split")
        {
            Description = "Part of the sets, such as val or testA; the customary one of each by default.",
            HelpName = "NAME",
        };
        var predictions = new Option<string>("--predictions")
        {
            Description = "Answers, a JSON object a line with question_id and answer; of several sets a folder with SET.jsonl each.",
            HelpName = "FILE",
            Required = true,
        };
        var output = new Option<string?>("--output")
        {
            Description = "Write questions, answers and scores as JSONL to this file; of several sets to a folder of this name.",
            HelpName = "FILE",
        };
        var page = new Option<string?>("--report")
        {
            Description = "Write an HTML page with the worst answers and some drawn at random, with their pictures.",
            HelpName = "FILE",
        };
        var tables = new TableFileOptions();
        var command = new Command(
            "vqa",
            """
            Score answers to published sets of questions about pictures and clips, and captions, each as its set is scored.

            Example:
              pe eval vqa chartqa=../shared/data/chartqa-sample --predictions answers.jsonl --report answers.html
            """)
        { sets, data, split, predictions, output, page };
        foreach (var option in tables.All)
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            var run = new QuestionAnsweringRun
            {
                Sets = result.GetRequiredValue(sets),
                Data = result.GetValue(data),
                Split = result.GetValue(split),
                Predictions = result.GetRequiredValue(predictions),
                Output = result.GetValue(output),
                Page = result.GetValue(page),
            };
            var reports = run.Run(Console.Error.WriteLine);
            (string Column, EvaluationReport Report)[] entries = [.. reports.Select(report => ("value", report))];
            var table = ComparisonTable.Of(entries);
            tables.Read(result).Write(reports, table);
            EvaluationConsole.Print(table, entries);
        });
        return command;
    }
}

using System.CommandLine;
using PerceptionEncoder.Evaluation.Reports;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval compare</c>: results that were written earlier, side by side.</summary>
internal static class EvalCompareCommand
{
    public static Command Create()
    {
        var inputs = new Argument<string[]>("RESULT")
        {
            Description = "JSON files that an evaluation wrote, ours or CLIP-benchmark's, or folders of them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var tables = new TableFileOptions();
        var command = new Command(
            "compare",
            """
            Results side by side: a column each, the difference to the first in percentage points, and in what else they differ.

            Example:
              pe eval compare before.json after.json --markdown comparison.md
              pe eval compare robustness-a robustness-b
            """)
        { inputs };
        foreach (var option in tables.All)
        {
            command.Options.Add(option);
        }

        command.SetAction(result => Compare(result.GetRequiredValue(inputs), tables.Read(result)));
        return command;
    }

    private static void Compare(string[] paths, TableFiles files)
    {
        var results = Array.ConvertAll(paths, EvaluationReportJson.Read);
        IReadOnlyList<EvaluationReport> reports = [.. results.SelectMany(some => some)];

        // A file or folder of one model stands for a column, so that one model measured in two ways has two.
        var names = ShortNames.Of(Array.ConvertAll(paths, path => path.EndsWith(".json", StringComparison.Ordinal)
            ? Path.ChangeExtension(path, null)
            : Path.TrimEndingDirectorySeparator(path)));
        var entries = results.All(some => some.Select(report => report.Model).Distinct().Count() == 1)
            ? [.. results.SelectMany((some, file) => some.Select(report => (names[file], report)))]
            : EvaluationConsole.Named(reports);
        var table = ComparisonTable.Of(entries);
        files.Write(reports, table);
        EvaluationConsole.Print(table, entries, differences: true);
        foreach (var note in ComparisonNotes.Of(entries))
        {
            Console.WriteLine(note);
        }
    }
}

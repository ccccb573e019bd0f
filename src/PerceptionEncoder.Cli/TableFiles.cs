using System.CommandLine;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Cli;

/// <summary>Files that the results of evaluations go to; null for none.</summary>
internal sealed record TableFiles(string? Json, string? Markdown, string? Csv)
{
    /// <summary>Writes those that were asked for.</summary>
    public void Write(IReadOnlyList<EvaluationReport> reports, ComparisonTable table)
    {
        if (Json is not null)
        {
            var written = EvaluationReportJson.Write(Json, reports);
            if (reports.Count > 1)
            {
                Console.Error.WriteLine($"{written}: {reports.Count} results, a file each");
            }
        }

        if (Markdown is not null)
        {
            AtomicFile.WriteAllText(Markdown, table.ToMarkdown());
        }

        if (Csv is not null)
        {
            AtomicFile.WriteAllText(Csv, table.ToCsv());
        }
    }
}

/// <summary>The options that name <see cref="TableFiles"/>.</summary>
internal sealed class TableFileOptions
{
    private readonly Option<string?> json = new("--json")
    {
        Description = "Write the result as JSON to this file; several, a file each, to a folder of this name without .json.",
        HelpName = "FILE",
    };
    private readonly Option<string?> markdown = new("--markdown")
    {
        Description = "Write the comparison as a Markdown table to this file.",
        HelpName = "FILE",
    };
    private readonly Option<string?> csv = new("--csv") { Description = "Write the comparison as CSV to this file.", HelpName = "FILE" };

    public IEnumerable<Option> All => [json, markdown, csv];

    public TableFiles Read(ParseResult result) => new(result.GetValue(json), result.GetValue(markdown), result.GetValue(csv));
}

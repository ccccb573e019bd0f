using System.CommandLine;
using PerceptionEncoder.Evaluation;
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
            EvaluationReportJson.Write(Json, reports);
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
    private readonly Option<string?> json = new("--json") { Description = "Write the results as JSON to this file: one as an object, several as a list.", HelpName = "FILE" };
    private readonly Option<string?> markdown = new("--markdown") { Description = "Write the comparison as a Markdown table to this file.", HelpName = "FILE" };
    private readonly Option<string?> csv = new("--csv") { Description = "Write the comparison as CSV to this file.", HelpName = "FILE" };

    public IEnumerable<Option> All => [json, markdown, csv];

    public TableFiles Read(ParseResult result) => new(result.GetValue(json), result.GetValue(markdown), result.GetValue(csv));
}

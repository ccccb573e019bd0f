using System.Xml.Linq;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Training.Reports;

/// <summary>
/// The page about one run: what was reached, its curves, evaluations, pictures, skipped samples and config. One file that needs nothing
/// else.
/// </summary>
internal static class RunReport
{
    /// <summary>Name of the page in the run folder.</summary>
    public const string FileName = "report.html";

    /// <summary>
    /// Writes <c>report.html</c> from the folder's <c>metrics.jsonl</c> and, where there is one, <c>config.yaml</c>; may be called while
    /// the run goes on.
    /// </summary>
    /// <returns>Path of the page.</returns>
    /// <exception cref="UserErrorException">The folder has no metrics, a picture is missing, or the page cannot be written.</exception>
    public static string Write(string runFolder, RunReportContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var metricsFile = Path.Combine(runFolder, "metrics.jsonl");
        if (!File.Exists(metricsFile))
        {
            throw new UserErrorException(
                $"{runFolder}: no metrics.jsonl, so there is nothing to report; name the folder of a run that has trained");
        }

        try
        {
            var page = ReportPage.Build(
                content with { Name = Secrets.Conceal(content.Name) },
                RunMetrics.Read(metricsFile),
                ReadConfig(runFolder));
            var path = Path.Combine(runFolder, FileName);
            AtomicFile.WriteAllText(path, "<!DOCTYPE html>\n" + page.ToString(SaveOptions.DisableFormatting) + "\n");
            return path;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{runFolder}: the report cannot be written ({problem.Message}); check the folder and the pictures named",
                problem);
        }
    }

    private static string? ReadConfig(string runFolder)
    {
        var path = Path.Combine(runFolder, "config.yaml");
        return File.Exists(path) ? UserText.Read(path) : null;
    }
}

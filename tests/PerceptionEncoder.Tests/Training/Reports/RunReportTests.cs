using System.Xml.Linq;
using PerceptionEncoder.Tests.Presentation;
using PerceptionEncoder.Training;
using PerceptionEncoder.Training.Reports;

namespace PerceptionEncoder.Tests.Training.Reports;

public sealed class RunReportTests : IDisposable
{
    private const string Hostile = "<script>alert(\"x\")</script> & 'more'\u0001";
    private readonly string run = Directory.CreateTempSubdirectory("pe-report-").FullName;

    private static RunReportContent Content => new() { Name = "tiny", Status = RunStatus.Finished, Date = DateTimeOffset.UnixEpoch };

    public void Dispose() => Directory.Delete(run, recursive: true);

    [Fact]
    public void The_page_is_well_formed_and_shows_every_chart_that_the_metrics_have()
    {
        Log(20);
        var page = Write(Content);
        var titles = page.Descendants("figcaption").Select(caption => caption.Element("strong")!.Value).ToArray();
        Assert.Equal(["Loss", "Learning rate", "Throughput", "Data wait", "set"], titles);
        Assert.All(
            page.Descendants("svg").Descendants("path"),
            path => Assert.StartsWith("M", path.Attribute("d")!.Value, StringComparison.Ordinal));
    }

    [Fact]
    public void Stage_boundaries_stand_where_the_resolution_changes()
    {
        Log(20, step => step <= 10 ? 16 : 32);
        var chart = Write(Content).Descendants("svg").First();
        Assert.Single(chart.Elements("line"), line => line.Attribute("class")!.Value == "stage");
        Assert.Equal(
            ["16 px", "32 px"],
            chart.Elements("text").Select(text => text.Value).Where(text => text.EndsWith("px", StringComparison.Ordinal)));
    }

    [Fact]
    public void Only_lines_are_stretched_to_the_width_of_the_page_so_that_labels_have_one_size_in_every_chart()
    {
        Log(20);
        var charts = Write(Content).Descendants("figure").Select(figure => figure.Element("svg")!).ToArray();
        Assert.All(charts, chart =>
        {
            Assert.Null(chart.Attribute("viewBox"));
            Assert.Empty(chart.Elements("path"));
            var stretched = Assert.Single(chart.Elements("svg"));
            Assert.Equal("none", stretched.Attribute("preserveAspectRatio")!.Value);
            Assert.All(stretched.Elements(), element => Assert.Equal("path", element.Name.LocalName));
        });

        // The last value is the highest: line and dot end in the corner.
        var evaluation = charts[^1];
        Assert.EndsWith("L1000 0", evaluation.Descendants("path").Single().Attribute("d")!.Value, StringComparison.Ordinal);
        Assert.Equal(
            ("100%", "0%"),
            (
                evaluation.Descendants("circle").Last().Attribute("cx")!.Value,
                evaluation.Descendants("circle").Last().Attribute("cy")!.Value));
    }

    [Fact]
    public void The_page_is_the_same_where_the_language_writes_decimal_commas()
    {
        Log(20);
        var page = File.ReadAllText(RunReport.Write(run, Content));
        using (DecimalCommas.Everywhere())
        {
            Assert.Equal(page, File.ReadAllText(RunReport.Write(run, Content)));
        }
    }

    [Fact]
    public void Evaluations_are_tabled_with_the_best_value_marked()
    {
        Log(4);
        var table = Write(Content).Descendants("table").Single();
        Assert.Equal(["step", "samples", "acc1"], table.Descendants("th").Select(cell => cell.Value));
        Assert.Equal(["10.0%", "20.0%", "30.0%", "40.0%"], table.Descendants("tr").Skip(1).Select(row => row.Elements("td").Last().Value));
        Assert.Equal("40.0%", Assert.Single(table.Descendants("strong")).Value);
    }

    [Fact]
    public void Text_from_outside_is_escaped_wherever_it_appears()
    {
        Log(2);
        File.AppendAllText(Metrics, """{"step": 3, "evaluation": {"<b>&": {"<i>": 0.5}}}""" + "\n");
        File.WriteAllText(Path.Combine(run, "config.yaml"), Hostile);
        var content = Content with { Name = Hostile, BadSamples = new Dictionary<string, long> { [Hostile] = 3 } };
        var page = Write(content);
        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName is "script" or "i");
        Assert.Contains("<script>alert(\"x\")</script> & 'more'\uFFFD", page.Descendants("pre").Single().Value, StringComparison.Ordinal);
        Assert.Contains("<b>&", page.Descendants("h3").Select(heading => heading.Value));
    }

    [Fact]
    public void A_line_cut_short_by_a_kill_is_left_out_and_told()
    {
        Log(3);
        File.AppendAllText(Metrics, "{\"step\": 4, \"lo");
        Assert.Contains("1 unreadable line", Write(Content).Descendants("header").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_logged_again_after_a_resume_replace_the_first_ones()
    {
        Log(6);
        Log(3);
        Assert.Contains("3 steps", Write(Content).Descendants("header").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_no_numbers_and_runs_of_one_step_still_give_a_page()
    {
        File.WriteAllText(Metrics, """{"step": 1, "samples": 8, "loss": "NaN", "learning_rate": 0}""" + "\n");
        var text = Write(Content).ToString();
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_log_gives_a_page_without_charts()
    {
        File.WriteAllText(Metrics, string.Empty);
        Assert.Empty(Write(Content).Descendants("svg"));
    }

    [Fact]
    public void A_folder_without_metrics_is_refused_in_one_line()
    {
        var problem = Assert.Throws<UserErrorException>(() => RunReport.Write(run, Content));
        Assert.Contains("metrics.jsonl", problem.Message, StringComparison.Ordinal);
    }

    private string Metrics => Path.Combine(run, "metrics.jsonl");

    private XElement Write(RunReportContent content)
    {
        var lines = File.ReadAllText(RunReport.Write(run, content)).Split('\n', 2);
        Assert.Equal("<!DOCTYPE html>", lines[0]);
        return XElement.Parse(lines[1]);
    }

    private void Log(int steps, Func<int, int>? resolution = null)
    {
        var lines = Enumerable.Range(1, steps).SelectMany(step => new[]
        {
            $$"""{"step": {{step}}, "samples": {{step * 8}}, "loss": {{3.0 / step}}, "learning_rate": 1e-3,"""
                + $$""" "images_per_second": 100, "data_wait": 0.01, "resolution": {{resolution?.Invoke(step) ?? 16}}}""",
            $"{{\"step\": {step}, \"evaluation\": {{\"set\": {{\"acc1\": {step / 10.0}}}}}}}",
        });
        File.AppendAllLines(Metrics, lines);
    }
}

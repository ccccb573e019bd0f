using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Tests.Presentation;

public sealed class TableTextTests
{
    [Theory]
    [InlineData("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"")]
    [InlineData("+1+2", "\"'+1+2\"")]
    [InlineData("-2+3|cmd", "\"'-2+3|cmd\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("  =1", "\"'  =1\"")]
    [InlineData("\uff1d1", "\"'\uff1d1\"")]
    [InlineData("\t=1", @"\u0009=1")]
    [InlineData("\r=1", @"\u000d=1")]
    [InlineData("a\n=1", @"a\u000a=1")]
    [InlineData("a;=1", "\"a;=1\"")]
    public void A_csv_cell_is_never_a_formula(string cell, string written)
        => Assert.Equal($"{written},x\n", TableText.CsvLine([cell, "x"]));

    [Theory]
    [InlineData("-0.25")]
    [InlineData("+3")]
    [InlineData("-1.5E-07")]
    [InlineData("")]
    [InlineData("runs/a")]
    public void Numbers_and_names_stay_as_they_are_in_csv(string cell) => Assert.Equal($"{cell}\n", TableText.CsvLine([cell]));

    [Theory]
    [InlineData("a|b", @"a\|b")]
    [InlineData(@"a\|b", @"a\\\|b")]
    [InlineData("a\n| forged | 100.00 % |", @"a\\u000a\| forged \| 100.00 % \|")]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("&lt;b>", "&amp;lt;b&gt;")]
    [InlineData("[x](javascript:y)", @"\[x\](javascript:y)")]
    [InlineData("`code", @"\`code")]
    public void A_markdown_cell_stays_in_its_cell_and_is_text(string cell, string written)
        => Assert.Equal($"| {written} | x |\n", TableText.MarkdownLine([cell, "x"]));
}

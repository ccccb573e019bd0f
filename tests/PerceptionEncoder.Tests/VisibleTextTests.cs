namespace PerceptionEncoder.Tests;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("\u001b]52;c;cm0gLXJm\u0007", @"\u001b]52;c;cm0gLXJm\u0007")]            // writes the clipboard
    [InlineData("\u001b]0;title\u001b\\", @"\u001b]0;title\u001b\")]
    [InlineData("100%\rdone", @"100%\u000ddone")]
    [InlineData("a\u0008\u0000\u007f", @"a\u0008\u0000\u007f")]
    [InlineData("\u009b31m", @"\u009b31m")]                                                // the 8-bit form of an escape sequence
    [InlineData("cat\u202egpj.exe", @"cat\u202egpj.exe")]
    [InlineData("\u2066\u2069\u200e\u200f\u061c", @"\u2066\u2069\u200e\u200f\u061c")]
    [InlineData("a\u2028b\u2029c", @"a\u2028b\u2029c")]
    [InlineData("a\u200bb\ufeff\u2060", @"a\u200bb\ufeff\u2060")]
    public void What_a_terminal_would_obey_is_shown(string text, string shown)
    {
        Assert.Equal(shown, VisibleText.Line(text));
        Assert.Equal(shown, VisibleText.Lines(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a dog – 犬 · הכלב · naïve ∑ \\u001b")]
    [InlineData("👩‍👩‍👧 می‌خواهم")]
    public void Text_of_any_script_stays_as_it_is(string text) => Assert.Same(text, VisibleText.Line(text));

    [Fact]
    public void Line_breaks_and_tabs_stay_in_text_of_several_lines_and_not_in_one_line()
    {
        Assert.Equal(@"a\u000ab\u0009c", VisibleText.Line("a\nb\tc"));
        Assert.Equal("a\nb\tc", VisibleText.Lines("a\nb\tc"));
    }
}

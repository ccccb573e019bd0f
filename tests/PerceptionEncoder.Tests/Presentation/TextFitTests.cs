using CsCheck;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Tests.Presentation;

public sealed class TextFitTests
{
    private const double Size = 12;

    private static readonly string[] Signs = [.. "abciWM ,=_-/.0<&  ".Select(sign => $"{sign}"), "e\u0301", "模", "👩‍👩‍👧"];

    private static readonly Gen<string> Names =
        Gen.Int[0, Signs.Length - 1].Array[0, 60].Select(places => string.Concat(places.Select(place => Signs[place])));

    [Theory]
    [InlineData("LAMB", 100, "LAMB")]
    [InlineData("progressive resolution", 70, "progress…")]
    [InlineData("a long name", 30, "a l…")]
    [InlineData("模型一二三", 50, "模型…")]
    [InlineData("anything", 1, "…")]
    public void Text_that_does_not_fit_ends_in_an_ellipsis(string text, double width, string cut)
        => Assert.Equal(cut, TextFit.Cut(text, width, Size));

    [Theory]
    [InlineData("1. base", "1. base")]
    [InlineData("2. progressive resolution", "2. progressive|resolution")]
    [InlineData("optimizer.weight_decay=0.05", "optimizer.|weight_decay=|0.05")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmn|opqrstuvwxyz")]
    [InlineData("one of the many longer names that no picture has room for", "one of the many|longer names|that no picture…")]
    public void Lines_break_between_words_and_after_joints(string text, string lines)
        => Assert.Equal(lines.Split('|'), TextFit.Wrap(text, 110, Size, 3));

    /// <summary>Sums of shares as floating point numbers depend on their order: the line's differed from that of its signs.</summary>
    [Fact]
    public void A_line_that_fits_to_the_pixel_is_measured_as_it_was_cut()
    {
        const string line = "👩‍👩‍👧 aé👩‍👩‍👧bMMé  ,-";
        Assert.Equal([line, "模-<="], TextFit.Wrap(line + "模-<=", 174, Size, 4));
        Assert.Equal(174, TextFit.Width(line, Size));
    }

    [Fact]
    public void Whatever_the_text_is_its_lines_fit_and_hold_it_whole_or_end_in_an_ellipsis()
        => Gen.Select(Names, Gen.Double[60, 200], Gen.Int[1, 5]).Sample((text, width, most) =>
        {
            var lines = TextFit.Wrap(text, width, Size, most);
            Assert.InRange(lines.Length, 1, most);
            Assert.All(lines, line => Assert.True(TextFit.Width(line, Size) <= width, line));
            var (shown, whole) = (Packed(string.Concat(lines)), Packed(text));
            Assert.True(shown == whole || (shown.EndsWith('…') && whole.StartsWith(shown[..^1], StringComparison.Ordinal)), shown);
        });

    private static string Packed(string text) => text.Replace(" ", "", StringComparison.Ordinal);
}

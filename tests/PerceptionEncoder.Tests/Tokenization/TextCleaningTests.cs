using CsCheck;
using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tests.Tokenization;

public class TextCleaningTests
{
    // Expected values were computed by Python 3.11's html.unescape.
    [Theory]
    [InlineData("no reference", "no reference")]
    [InlineData("Tom &amp; Jerry", "Tom & Jerry")]
    [InlineData("&copy 2020", "© 2020")]
    [InlineData("&notit; &notin; &notin", "¬it; ∉ ¬in")]
    [InlineData("&rarr &rarr;", "&rarr →")]
    [InlineData("&bogus; & &; &# &#; &#x; &#xg;", "&bogus; & &; &# &#; &#x; &#xg;")]
    [InlineData("&#65&#x42;&#X43", "ABC")]
    [InlineData("&#128;&#x99&#x81;", "€™\u0081")]
    [InlineData("&#0;&#xD800;&#x110000;&#99999999999999999999;", "\ufffd\ufffd\ufffd\ufffd")]
    [InlineData("a&#1;b&#x7f;c&#xFDD0;d&#x1FFFF;e", "abcde")]
    [InlineData("&#13;&#10;", "\r\n")]
    [InlineData("&#x1F600;", "😀")]
    [InlineData("&NotEqualTilde;", "≂̸")]
    [InlineData("&CounterClockwiseContourIntegral;", "∳")]
    [InlineData("&amp;amp;", "&amp;")]
    [InlineData("&AMP&lt&lt", "&<<")]
    [InlineData("&", "&")]
    public void Html_references_are_replaced_once_as_Python_does(string text, string expected)
        => Assert.Equal(expected, TextCleaning.UnescapeHtml(text));

    // Expected values were computed by Python 3.11's str.lower.
    [Theory]
    [InlineData("PLAIN Ascii", "plain ascii")]
    [InlineData("ΟΔΟΣ", "οδος")]
    [InlineData("ΣΑΣ ΣΑΣ.", "σας σας.")]
    [InlineData("ΑΣ'Α ΑΣ.", "ασ'α ας.")]
    [InlineData("Α\u0301Σ Σ 1Σ", "α\u0301ς σ 1σ")]
    [InlineData("İstanbul", "i\u0307stanbul")]
    [InlineData("ẞ Ⅻ Ⓐ ǅ K", "ß ⅻ ⓐ ǆ k")]
    [InlineData("𐐀 𝐀", "𐐨 𝐀")]
    public void Lower_casing_is_Unicodes_full_mapping(string text, string expected)
        => Assert.Equal(expected, TextCleaning.LowerCase(text));

    [Theory]
    [InlineData("", "")]
    [InlineData(" \t\n", "")]
    [InlineData("a b", "a b")]
    [InlineData("  a \u00a0\u2003\u3000 b\r\n", "a b")]
    [InlineData("a\tb", "a b")]
    [InlineData("a ", "a")]
    public void White_space_collapses_to_single_spaces(string text, string expected)
        => Assert.Equal(expected, TextCleaning.CollapseWhitespace(text));

    [Theory]
    [InlineData("it’s “so”", "it's \"so\"")]
    [InlineData("it&rsquo;s", "it's")]
    [InlineData("<i>it&rsquo;s</i>", "<i>it&rsquo;s</i>")]
    [InlineData("ﬁsh ﬂoat ǅ", "fish float Dž")]
    [InlineData("ＡＢＣ　１２！", "ABC 12!")]
    [InlineData("\ufeffbell\a \u001bend", "bell end")]
    [InlineData("naïve — café…", "naïve — café…")]
    public void Characters_are_repaired(string text, string expected)
        => Assert.Equal(expected, TextCleaning.RepairCharacters(text));

    [Fact]
    public void Lone_surrogates_become_the_replacement_character()
        => Assert.Equal("\ufffda\ufffd", TextCleaning.RepairCharacters("\ud800a\udc00"));

    [Fact]
    public void Text_decoded_with_the_wrong_character_set_is_left_alone()
        => Assert.Equal("cafã©", TextCleaning.Clean("cafÃ©"));

    [Theory]
    [InlineData("Not&amp;nbsp;Entity", "not entity")]
    [InlineData("  A&nbsp;<b>Big</b>   Dog  ", "a <b>big</b> dog")]
    [InlineData("DON&amp;#39;T", "don't")]
    public void Cleaning_takes_all_steps_in_order(string text, string expected)
        => Assert.Equal(expected, TextCleaning.Clean(text));

    [Fact]
    public void Clean_plain_text_is_the_same_instance()
    {
        var text = string.Concat("a photo of ", "a cat");
        Assert.Same(text, TextCleaning.Clean(text));
    }

    [Fact]
    public void Cleaned_text_has_single_spaces_and_no_lone_surrogate()
        => Gen.String.Sample(text =>
        {
            var clean = TextCleaning.Clean(text);
            Assert.Equal(TextCleaning.CollapseWhitespace(clean), clean);
            Assert.Equal(clean, string.Concat(clean.EnumerateRunes())); // runes turn a lone surrogate into U+FFFD
        });
}

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
    [InlineData("Hawaiʼi ŉ", "Hawai'i 'n")]
    [InlineData("\u001b[36;44mblue\u001b[0m \u001b[ \u001bx", "blue [ x")]
    [InlineData("\uff3b\u001b\uff3b1m!", "[!")]
    [InlineData("e\u0301 A\u030a o\u0323\u0302 q\u0307\u0323", "é Å ộ q\u0323\u0307")]
    [InlineData("ｶﾞｷﾞ ﾊﾟ ｱｲ｡", "ガギ パ アイ。")]
    [InlineData("ﾡￂ \u1100\u1161\u11a8", "가 각")]
    [InlineData("￡￦￣", "£₩ \u0304")]
    [InlineData("\u212b \u2126 \u0344 \u0958", "Å Ω \u0308\u0301 \u0915\u093c")]
    [InlineData("don\u0092t \u0085 \u0081", "don't … \u0081")]
    [InlineData("&amp;amp;amp;amp;rsquo;", "'")]
    [InlineData("&EACUTE;&NTILDE; &SZLIG; &copy 2020 &#59;", "ÉÑ SS &copy 2020 &#59;")]
    [InlineData("&rsquo;\n<b>&rsquo;\n&rsquo;", "'\n<b>&rsquo;\n&rsquo;")]
    public void Characters_are_repaired(string text, string expected)
        => Assert.Equal(expected, TextCleaning.RepairCharacters(text));

    [Fact]
    public void Half_width_and_decomposed_text_cleans_to_what_people_write()
        => Assert.Equal(TextCleaning.Clean("カメラ café"), TextCleaning.Clean("ｶﾒﾗ cafe\u0301"));

    [Theory]
    [InlineData("a\u0315\u0300\u05ae\u0300b", "\u00e0\u05ae\u0300\u0315b")] // from Unicode's NormalizationTest.txt
    [InlineData("\u1e0a\u0323", "\u1e0c\u0307")]
    [InlineData("\u0b47\u0300\u0b3e", "\u0b47\u0300\u0b3e")]
    [InlineData("\uac00\u11a7\uac00\u11a8", "\uac00\u11a7\uac01")]
    [InlineData("\ufb1d\uf900\u2adc", "\u05d9\u05b4\u8c48\u2add\u0338")]
    [InlineData("𝅗𝅥", "\ud834\udd57\ud834\udd65")]
    public void Composition_is_Unicodes(string text, string expected) => Assert.Equal(expected, CanonicalForm.Compose(text));

    [Fact]
    public void Composing_twice_changes_nothing()
        => Gen.String.Sample(text => Assert.Equal(CanonicalForm.Compose(text), CanonicalForm.Compose(CanonicalForm.Compose(text))));

    [Fact]
    public void A_text_escaped_a_million_times_over_takes_no_time()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        TextCleaning.Clean("&" + string.Concat(Enumerable.Repeat("amp;", 1_000_000)));
        TextCleaning.Clean("e" + string.Concat(Enumerable.Repeat("\u0301\u0323", 500_000)));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
    }

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

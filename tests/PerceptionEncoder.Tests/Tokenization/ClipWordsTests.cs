using CsCheck;
using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tests.Tokenization;

public class ClipWordsTests
{
    [Theory]
    [InlineData("a photo, 12 cats!", "a|photo|,|1|2|cats|!")]
    [InlineData("it's they'll we've i'm he'd you're don't", "it|'s|they|'ll|we|'ve|i|'m|he|'d|you|'re|don|'t")]
    [InlineData("'single' x''s", "'s|ingle|'|x|''|s")]
    [InlineData("it'ſ", "it|'ſ")]
    [InlineData("𝐇𝐞 𝟜𝟚", "𝐇𝐞|𝟜|𝟚")]
    [InlineData("i\u0307s", "i|\u0307|s")]
    [InlineData("a<end_of_text>b", "a|<end_of_text>|b")]
    [InlineData("!!<end_of_text>", "!!<|end|_|of|_|text|>")]
    [InlineData("<end_of_text", "<|end|_|of|_|text")]
    [InlineData("<ſtart_of_text>", "<ſtart_of_text>")]
    [InlineData(" \u3000 ", "")]
    public void Text_splits_into_the_published_words(string text, string expected)
        => Assert.Equal(expected, string.Join('|', Split(text)));

    [Fact]
    public void An_endless_word_is_cut_so_that_merging_it_stays_fast()
        => Assert.All(Split(new string('a', 10 * ClipWords.MaxLength)), word => Assert.Equal(ClipWords.MaxLength, word.Length));

    [Fact]
    public void The_words_of_any_text_hold_all_its_characters_but_space()
        => Gen.String.Sample(text => Assert.Equal(
            string.Concat(text.Where(character => !char.IsWhiteSpace(character))),
            string.Concat(Split(text))));

    private static List<string> Split(string text)
    {
        var words = new List<string>();
        foreach (var word in new ClipWords(text, ClipVocabulary.PublishedStart, ClipVocabulary.PublishedEnd))
        {
            words.Add(word.ToString());
        }

        return words;
    }
}

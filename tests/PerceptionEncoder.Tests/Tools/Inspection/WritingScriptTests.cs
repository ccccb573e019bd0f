using PerceptionEncoder.Tools.Inspection;

namespace PerceptionEncoder.Tests.Tools.Inspection;

public sealed class WritingScriptTests
{
    [Theory]
    [InlineData("A dog, 2 cats and naïve Łukasz", "Latin")]
    [InlineData("Собака бежит", "Cyrillic")]
    [InlineData("Ένας σκύλος", "Greek")]
    [InlineData("一只狗在草地上", "Han")]
    [InlineData("犬が走っている", "Kana and Han")]
    [InlineData("개가 달린다", "Hangul")]
    [InlineData("كلب يركض", "Arabic")]
    [InlineData("כלב רץ", "Hebrew")]
    [InlineData("कुत्ता दौड़ रहा है", "Devanagari")]
    [InlineData("สุนัขวิ่ง", "Thai")]
    [InlineData("a dog собака", "several")]
    [InlineData("𠀋𠀋", "Han")]
    [InlineData("ᚠᚢᚦ", "others")]
    [InlineData("12:30 — 5 €", "no letters")]
    [InlineData("", "no letters")]
    public void A_text_is_of_the_script_of_most_of_its_letters(string text, string script) => Assert.Equal(script, WritingScript.Of(text));
}

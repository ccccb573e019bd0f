using PerceptionEncoder.Tools.VideoEngine.Prompts;
using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tests.Tools.VideoEngine;

public sealed class AnswerCheckTests
{
    private static readonly PromptFile Prompt = new(
        "summary.txt",
        "Write one caption for this video in plain English and keep to what can be seen in it. {data}",
        "0123456789ab");

    [Theory]
    [InlineData("A red car turns left at a crossing.", null)]
    [InlineData("A man who cannot see the ball swings a bat.", null)]
    [InlineData("A sign says \"no image available\" above a door.", null)]
    [InlineData("Crème brûlée is torched in a Łódź kitchen.", null)]
    [InlineData("A woman writes 東京 on a board.", null)]
    [InlineData("A shirt reading 'I can't help falling in love' hangs on a line.", null)]
    [InlineData("Afraid dog hides below a table.", null)]
    [InlineData("A woman walks a dog near Plaza de la Paz.", null)]
    [InlineData("A sign reads \"Wir sind ein Team und mit dabei\" on a wall.", null)]
    [InlineData("Ein Hund läuft am Strand und spielt mit einem Ball.", AnswerCheck.OtherLanguage)]
    [InlineData("Un perro corre por una playa y juega con una pelota.", AnswerCheck.OtherLanguage)]
    [InlineData("Un chien court sur une plage avec un ballon rouge.", AnswerCheck.OtherLanguage)]
    [InlineData("I can't help with that.", AnswerCheck.Refusal)]
    [InlineData("...", AnswerCheck.Empty)]
    [InlineData("I'm sorry, I can't do that.", AnswerCheck.Refusal)]
    [InlineData("Unfortunately, I cannot view videos.", AnswerCheck.Refusal)]
    [InlineData("As an AI language model, I have no eyes.", AnswerCheck.Refusal)]
    [InlineData("There is no image to describe.", AnswerCheck.Refusal)]
    [InlineData("一只狗在沙滩上奔跑。", AnswerCheck.OtherScript)]
    [InlineData("Sure: write one caption for this video in plain English and so on.", AnswerCheck.CopiedPrompt)]
    public void Answers_are_told_from_what_is_none(string text, string? reason)
        => Assert.Equal(reason, new AnswerCheck(new AnswerOptions(), null).Fault(text, isFinal: true, Prompt));

    [Fact]
    public void Any_script_is_taken_where_asked_for()
        => Assert.Null(new AnswerCheck(new AnswerOptions { Script = AnswerScript.Any }, null)
            .Fault("一只狗在沙滩上奔跑。", isFinal: true, Prompt));

    [Theory]
    [InlineData(52, 72, true, null)]
    [InlineData(53, 72, true, AnswerCheck.OverLong)]
    [InlineData(53, 72, false, null)]
    [InlineData(201, 72, false, AnswerCheck.OverLong)]
    public void Without_a_vocabulary_length_goes_by_words(int words, int context, bool isFinal, string? reason)
        => Assert.Equal(reason, new AnswerCheck(new AnswerOptions { Context = context }, null)
            .Fault(string.Join(' ', Enumerable.Repeat("dog", words)), isFinal, Prompt));

    [Fact]
    public void With_a_vocabulary_length_goes_by_tokens()
    {
        Assert.Null(Fault(context: 12));
        Assert.Equal(AnswerCheck.OverLong, Fault(context: 11));

        static string? Fault(int context)
            => new AnswerCheck(new AnswerOptions { Context = context }, new TenTokens()).Fault("a dog", isFinal: true, Prompt);
    }

    [Theory]
    [InlineData("  \"A dog runs.\"\n", "A dog runs.")]
    [InlineData("**Caption:** A dog runs.", "A dog runs.")]
    [InlineData("Alt text: 'A dog runs.'", "A dog runs.")]
    [InlineData("<think>The user wants\na caption.</think>A dog\nruns.", "A dog runs.")]
    [InlineData("\"Sit\", says the \"boss\"", "\"Sit\", says the \"boss\"")]
    [InlineData("A dog\u202E runs\u0000.", "A dog runs .")]
    public void What_models_put_around_an_answer_is_taken_off(string answer, string text) => Assert.Equal(text, AnswerText.Clean(answer));

    [Theory]
    [InlineData("short", 10, "short")]
    [InlineData("exactly ten", 11, "exactly ten")]
    [InlineData("one two three", 7, "one tw…")]
    [InlineData("ab😀😀", 4, "ab…")]
    [InlineData(" \t\r\n ", 10, "")]
    [InlineData("مرحبا بالعالم", 40, "مرحبا بالعالم")]
    [InlineData("👩\u200D👧 family", 40, "👩\u200D👧 family")]
    public void Quoted_text_is_one_line_of_limited_length(string text, int longest, string clean)
        => Assert.Equal(clean, QuotedText.Clean(text, longest));

    private sealed class TenTokens : ITokenizer
    {
        public int VocabularySize => 1;

        public IReadOnlyList<int> Encode(string text) => new int[10];

        public string Decode(IEnumerable<int> ids) => "";

        public int[] EncodeToContext(string text, int contextLength) => [];
    }
}

using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tests.Golden;
using PerceptionEncoder.Tokenization.Language;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Inference;

public class TextGeneratorTests
{
    [SkippableFact]
    public void A_trained_decoder_tells_the_recorded_stories_in_words_piece_by_piece()
    {
        var recorded = TinyLlama.Recorded().GetProperty("continuations").EnumerateArray().ToArray();
        using var loaded = Open();
        var prompts = recorded.Select(story => Prompt(loaded, story.GetProperty("prompt").GetString()!)).ToArray();
        var pieces = prompts.Select(_ => new List<string>()).ToArray();
        var answers = loaded.Generator.Generate(
            prompts,
            new GenerationOptions { MaxNewTokens = recorded[0].GetProperty("greedy_ids").GetArrayLength() },
            (prompt, piece) => pieces[prompt].Add(piece));
        Assert.All(Enumerable.Range(0, prompts.Length), i =>
        {
            var told = recorded[i].GetProperty("greedy_text").GetString()!;
            Assert.Equal(told, recorded[i].GetProperty("prompt").GetString() + answers[i].Text);
            Assert.Equal(answers[i].Text, string.Concat(pieces[i]));
            Assert.True(pieces[i].Count > 20);
        });
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_answer_ends_before_a_stop_sequence_and_no_part_of_it_is_shown(int beams)
    {
        using var loaded = Open();
        List<string> pieces = [];
        var options = new GenerationOptions { MaxNewTokens = 60, Beams = beams };
        var free = loaded.Generator.Generate([Prompt(loaded, "Once upon a time")], options)[0];
        var stop = free.Text[20..27];                                            // lies across tokens
        var answer = loaded.Generator.Generate(
            [Prompt(loaded, "Once upon a time")],
            options with { StopSequences = ["never said", stop] },
            (_, piece) => pieces.Add(piece))[0];
        Assert.Equal(free.Text[..free.Text.IndexOf(stop, StringComparison.Ordinal)], answer.Text);
        Assert.Equal(answer.Text, string.Concat(pieces));
        Assert.Equal(GenerationEnd.Stop, answer.End);
    }

    [Fact]
    public void What_only_began_like_a_stop_sequence_is_shown_at_the_end()
    {
        var text = new AnswerText(LanguageTokenizers.Bytes, ["abcd", "xy"], null);
        Assert.All("zabc", letter => Assert.False(text.Add(letter)));
        Assert.Equal("z", text.Text);
        text.Finish();
        Assert.Equal("zabc", text.Text);
    }

    [Fact]
    public void A_tokenizer_of_another_vocabulary_is_refused()
    {
        var bytes = LanguageTokenizers.Bytes;
        var decoder = new DecoderOptions();
        Check(decoder with { VocabularySize = bytes.VocabularySize });
        Check(decoder with { VocabularySize = bytes.VocabularySize + 1 });       // rounded up
        Assert.Contains("knows 9000", Refused(9000));
        Assert.Contains($"has {bytes.VocabularySize} ids", Refused(bytes.VocabularySize - 1));

        string Refused(int size)
            => Assert.Throws<UserErrorException>(() => Check(decoder with { VocabularySize = size })).Message;

        void Check(DecoderOptions options) => LoadedLanguageModel.CheckVocabulary(bytes, options, "tokenizer.json", "model.safetensors");
    }

    [SkippableFact]
    public void A_tokenizer_is_looked_for_beside_the_weights()
        => Assert.Contains(
            "has no tokenizer beside it",
            Assert.Throws<UserErrorException>(() => LoadedLanguageModel.Open(TinyLlama.Form("hf"), CPU)).Message);

    private static LoadedLanguageModel Open()
        => LoadedLanguageModel.Open(TinyLlama.Form("hf"), CPU, tokenizer: Path.Combine(TinyLlama.Folder, "tok512.bin"));

    private static GenerationPrompt Prompt(LoadedLanguageModel loaded, string text)
        => new([loaded.Tokenizer.BeginOfText!.Value, .. loaded.Tokenizer.Encode(text)]);
}

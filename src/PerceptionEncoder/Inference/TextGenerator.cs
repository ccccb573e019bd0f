using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Inference;

/// <summary>Answers prompts in words: greedily, by drawing or by beams, several at once, piece by piece where asked.</summary>
/// <param name="model">In eval mode.</param>
/// <param name="tokenizer">The one that it was trained with.</param>
public sealed class TextGenerator(LanguageModel model, LanguageTokenizer tokenizer)
{
    /// <summary>What stands in a prompt where a picture's tokens go, for tokenizers that have no token for it.</summary>
    public const int NoImageToken = -1;

    /// <summary>What stands in a prompt where a picture's tokens go.</summary>
    public int ImageToken { get; } = tokenizer.ImageToken ?? NoImageToken;

    /// <summary>
    /// One answer a prompt, in the order of the prompts. The same prompt gets the same answer alone and among others.
    /// </summary>
    /// <param name="prompts">Prompts.</param>
    /// <param name="options">How to answer.</param>
    /// <param name="stream">
    /// Told each piece of an answer as it comes, with the index of its prompt; with beams the whole at the end. Null for nobody.
    /// </param>
    /// <param name="cancellation">Ends all answers where they are; what there is of them is the result.</param>
    /// <exception cref="UserErrorException">A prompt does not fit the model, or an option is out of range.</exception>
    public IReadOnlyList<GeneratedText> Generate(
        IReadOnlyList<GenerationPrompt> prompts,
        GenerationOptions options,
        Action<int, string>? stream = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        AnswerText[] texts = [.. prompts.Select((_, prompt) => New(prompt))];
        int[] stops = [.. new[] { tokenizer.EndOfText, tokenizer.EndOfTurn }.OfType<int>()];
        var answers = new TokenGenerator(model, ImageToken, stops)
            .Generate(prompts, options, options.Beams > 1 ? null : (prompt, id) => texts[prompt].Add(id), cancellation);
        return [.. answers.Select((answer, prompt) =>
        {
            var stopped = options.Beams > 1 && answer.Ids.Any(texts[prompt].Add);
            texts[prompt].Finish();
            return new GeneratedText(
                texts[prompt].Text,
                answer.Ids,
                stopped ? GenerationEnd.Stop : answer.End,
                answer.LogProbability);
        })];

        AnswerText New(int prompt)
            => new(tokenizer, options.StopSequences, stream is null ? null : piece => stream(prompt, piece));
    }
}

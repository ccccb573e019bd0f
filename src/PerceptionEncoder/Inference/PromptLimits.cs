using PerceptionEncoder.Models.Language;

namespace PerceptionEncoder.Inference;

/// <summary>What a prompt must keep to, checked before anything is computed.</summary>
internal static class PromptLimits
{
    /// <exception cref="UserErrorException">
    /// It is empty, has an unknown id, or leaves no room for an answer; says what takes the room.
    /// </exception>
    public static void Check(GenerationPrompt prompt, LanguageModelOptions model, int? imageToken)
    {
        var (tokens, decoder) = (prompt.Ids.Count, model.Decoder);
        if (tokens == 0)
        {
            throw new UserErrorException("the prompt has no token. Write one, or begin with the tokenizer's start token.");
        }

        if (prompt.Ids.Where(id => id < 0 || id >= decoder.VocabularySize).Select(id => (int?)id).FirstOrDefault() is { } unknown
            && !(unknown == imageToken && prompt.Pixels is not null))
        {
            throw new UserErrorException($"the prompt has id {unknown}, and the model knows ids below {decoder.VocabularySize}. "
                + "Use the tokenizer that the model was trained with.");
        }

        if (tokens >= decoder.ContextLength)
        {
            throw new UserErrorException($"the prompt has {tokens} tokens{Pictures(prompt, model)}, and the model's context of "
                + $"{decoder.ContextLength} must hold the answer too. {Advice(prompt)}");
        }
    }

    private static string Pictures(GenerationPrompt prompt, LanguageModelOptions model)
    {
        if (prompt.Pixels is not { } pixels || pixels.shape[0] == 0)
        {
            return "";
        }

        var each = model.VisualTokens((int)pixels.shape[2], (int)pixels.shape[3]);
        return $" ({pixels.shape[0]} pictures, tiles or frames of {each} tokens each)";
    }

    private static string Advice(GenerationPrompt prompt)
        => prompt.Pixels is null ? "Shorten it." : "Show fewer pictures, tiles or frames, or shorten the text.";
}

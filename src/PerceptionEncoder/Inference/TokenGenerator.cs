using PerceptionEncoder.Models.Language;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>Goes on from prompts token by token, several prompts at once, each with its own randomness and its own end.</summary>
/// <param name="model">In eval mode.</param>
/// <param name="imageToken">What stands in prompts where a picture's tokens go; null for none.</param>
/// <param name="stopTokens">Tokens that end an answer.</param>
internal sealed class TokenGenerator(LanguageModel model, int? imageToken, IReadOnlyCollection<int> stopTokens)
{
    /// <summary>Keep keys and values of earlier tokens; without, each token costs a pass over all of them, with the same result.</summary>
    public bool UseCache { get; init; } = true;

    /// <summary>One answer a prompt, in the order of the prompts.</summary>
    /// <param name="prompts">Prompts.</param>
    /// <param name="options">How to go on.</param>
    /// <param name="took">Told each new token of a prompt; true ends its answer there. Null for nobody.</param>
    /// <param name="cancellation">Ends all answers where they are.</param>
    /// <exception cref="UserErrorException">A prompt does not fit the model, or an option is out of range.</exception>
    public IReadOnlyList<GeneratedTokens> Generate(
        IReadOnlyList<GenerationPrompt> prompts,
        GenerationOptions options,
        Func<int, int, bool>? took,
        CancellationToken cancellation)
    {
        options.Validate();
        foreach (var prompt in prompts)
        {
            PromptLimits.Check(prompt, model.Options, imageToken);
        }

        using var noGradient = no_grad();
        var answers = new GeneratedTokens[prompts.Count];
        if (options.Beams > 1)
        {
            for (var i = 0; i < prompts.Count; i++)
            {
                answers[i] = new BeamSearch(model, imageToken, stopTokens).Generate(prompts[i], options, cancellation);
            }

            return answers;
        }

        foreach (var batch in PromptBatches.ByTokens([.. prompts.Select(prompt => prompt.Ids.Count)], options.BatchTokens))
        {
            GenerateBatch(prompts, batch, options, took, answers, cancellation);
        }

        return answers;
    }

    private void GenerateBatch(
        IReadOnlyList<GenerationPrompt> prompts,
        IReadOnlyList<int> batch,
        GenerationOptions options,
        Func<int, int, bool>? took,
        GeneratedTokens[] answers,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var rows = PromptRows.Of(model, [.. batch.Select(i => prompts[i])], imageToken);
        var longest = rows.Lengths.Max();
        var decoder = model.Options.Decoder;
        List<GenerationRow> live = [.. batch.Select((prompt, row) => new GenerationRow(
            prompt,
            prompts[prompt].Ids,
            Math.Min(options.MaxNewTokens, decoder.ContextLength - rows.Lengths[row]),
            options))];
        using var cache = UseCache
            ? new KeyValueCache(decoder, batch.Count, longest + live.Max(row => row.MaxNewTokens), model.DType, model.Device)
            : null;
        using var stream = new TokenStream(model, rows, cache);
        var logits = stream.Start();
        while (true)
        {
            using var step = NewDisposeScope();
            var scores = logits.cpu().data<float>().ToArray();
            var vocabulary = decoder.VocabularySize;
            List<long> kept = [];
            List<long> next = [];
            for (var row = 0; row < live.Count; row++)
            {
                var token = live[row].Choose(scores.AsSpan(row * vocabulary, vocabulary));
                if (cancellation.IsCancellationRequested)
                {
                    live[row].Finish(GenerationEnd.Cancelled);
                }
                else if (stopTokens.Contains(token) || live[row].Add(token, took))
                {
                    live[row].Finish(GenerationEnd.Stop);
                }
                else if (live[row].IsFull)
                {
                    live[row].Finish(GenerationEnd.Length);
                }
                else
                {
                    kept.Add(row);
                    next.Add(token);
                }
            }

            foreach (var row in live.Where(row => row.Answer is not null))
            {
                answers[row.Prompt] = row.Answer!;
            }

            live.RemoveAll(row => row.Answer is not null);
            logits.Dispose();
            if (live.Count == 0)
            {
                return;
            }

            logits = stream.Next(next, kept).MoveToOuterDisposeScope();
        }
    }
}

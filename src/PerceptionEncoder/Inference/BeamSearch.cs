using PerceptionEncoder.Models.Language;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>Follows the likeliest beginnings of an answer side by side, and gives the likeliest whole.</summary>
/// <param name="model">In eval mode.</param>
/// <param name="imageToken">What stands in prompts where a picture's tokens go; null for none.</param>
/// <param name="stopTokens">Tokens that end an answer.</param>
internal sealed class BeamSearch(LanguageModel model, int? imageToken, IReadOnlyCollection<int> stopTokens)
{
    /// <summary>The best answer, with all that were followed at the end.</summary>
    public GeneratedTokens Generate(GenerationPrompt prompt, GenerationOptions options, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var rows = PromptRows.Of(model, [prompt], imageToken);
        var decoder = model.Options.Decoder;
        var length = Math.Min(options.MaxNewTokens, decoder.ContextLength - prompt.Ids.Count);
        using var cache = new KeyValueCache(decoder, 1, prompt.Ids.Count + length, model.DType, model.Device);
        using var stream = new TokenStream(model, rows, cache);
        List<GeneratedTokens> live = [new([], GenerationEnd.Length, 0)];
        List<GeneratedTokens> whole = [];
        var logits = stream.Start();
        for (var step = 1; ; step++)
        {
            using var inner = NewDisposeScope();
            List<(int Row, int Token)> grown = [];
            List<GeneratedTokens> next = [];
            foreach (var (row, token, likelihood) in Candidates(logits, live, prompt, options))
            {
                if (stopTokens.Contains(token))
                {
                    whole.Add(new GeneratedTokens(live[row].Ids, GenerationEnd.Stop, likelihood));
                }
                else if (next.Count < options.Beams)
                {
                    grown.Add((row, token));
                    next.Add(new GeneratedTokens([.. live[row].Ids, token], GenerationEnd.Length, likelihood));
                }
            }

            logits.Dispose();
            if (next.Count > 0)
            {
                live = next;
            }

            var enough = whole.Count >= options.Beams && whole.Max(answer => Score(answer, options)) >= Score(live[0], options);
            if (step >= length || enough || next.Count == 0 || cancellation.IsCancellationRequested)
            {
                var end = cancellation.IsCancellationRequested ? GenerationEnd.Cancelled : GenerationEnd.Length;
                GeneratedTokens[] all = [.. whole.Concat(next.Select(answer => answer with { End = end }))
                    .OrderByDescending(answer => Score(answer, options)).Take(options.Beams)];
                return all[0] with { Beams = all };
            }

            logits = stream.Next([.. grown.Select(beam => (long)beam.Token)], [.. grown.Select(beam => (long)beam.Row)])
                .MoveToOuterDisposeScope();
        }
    }

    /// <summary>The likeliest next beginnings, best first: as many as can be needed where each beam may end.</summary>
    private static IEnumerable<(int Row, int Token, double Likelihood)> Candidates(
        Tensor logits,
        List<GeneratedTokens> live,
        GenerationPrompt prompt,
        GenerationOptions options)
    {
        using var scope = NewDisposeScope();
        var scores = logits.cpu();
        if (options.RepetitionPenalty != 1)
        {
            for (var row = 0; row < live.Count; row++)
            {
                var penalized = scores[row].data<float>().ToArray();
                TokenSampler.Penalize(penalized, prompt.Ids.Concat(live[row].Ids).ToHashSet(), options.RepetitionPenalty);
                scores[row].copy_(tensor(penalized));
            }
        }

        var before = tensor(live.Select(beam => beam.LogProbability).ToArray()).unsqueeze(-1);
        var totals = (scores.to(float64).log_softmax(-1) + before).flatten();
        var count = Math.Min(2L * options.Beams, totals.shape[0]);
        var (values, indices) = totals.topk((int)count);
        var vocabulary = scores.shape[1];
        return [.. indices.data<long>().ToArray().Zip(
            values.data<double>().ToArray(),
            (index, value) => ((int)(index / vocabulary), (int)(index % vocabulary), value))];
    }

    private static double Score(GeneratedTokens answer, GenerationOptions options)
        => answer.LogProbability / Math.Pow(Math.Max(1, answer.Ids.Count), options.LengthPenalty);
}

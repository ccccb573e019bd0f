using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Language;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>
/// What packing is worth: the same dialogues of random words trained on in packed rows and in rows of their own, in turn. Lengths are
/// spread evenly over their logarithm, from an eighth of a row to the whole; the last quarter of each is the answer.
/// </summary>
internal static class PackingBenchmark
{
    private const int Rounds = 3;
    private const int Seed = 17;
    private const double Shortest = 1.0 / 8, AnswerShare = 1.0 / 4;

    /// <param name="model">Float32, on its device.</param>
    /// <param name="dialogues">Of a step.</param>
    /// <param name="rowLength">Tokens of a row, and of the longest dialogue that may be drawn.</param>
    /// <param name="type">Of matrix products.</param>
    public static PackingBenchmarkResult Run(LanguageModel model, int dialogues, int rowLength, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var random = new Random(Seed);
        int[] lengths = [.. Enumerable.Range(0, dialogues).Select(_
            => Math.Max(2, (int)Math.Round(rowLength * Math.Pow(Shortest, random.NextDouble()))))];
        var context = lengths.Max();
        var (ids, answers) = (new long[dialogues * context], new bool[dialogues * context]);
        for (var i = 0; i < dialogues; i++)
        {
            for (var t = 0; t < lengths[i]; t++)
            {
                ids[(i * context) + t] = random.Next(model.Options.Decoder.VocabularySize);
                answers[(i * context) + t] = t >= Math.Min(lengths[i] - 1, lengths[i] * (1 - AnswerShare));
            }
        }

        var packed = PackedDialogues.Of(lengths, ids, answers, TextGenerator.NoImageToken, rowLength);
        var padded = PackedDialogues.Of(lengths, ids, answers, TextGenerator.NoImageToken, rowLength: 0);
        var (inRows, apart) = (double.MaxValue, double.MaxValue);
        for (var round = 0; round <= Rounds; round++)
        {
            var (first, second) = (Step(model, packed, type), Step(model, padded, type));
            (inRows, apart) = round == 0 ? (first, second) : (Math.Min(inRows, first), Math.Min(apart, second));
        }

        return new PackingBenchmarkResult
        {
            Dialogues = dialogues,
            ShortestTokens = lengths.Min(),
            LongestTokens = context,
            AnswerTokens = packed.Answers,
            PackedPadding = packed.Rows.Padding,
            PaddedPadding = padded.Rows.Padding,
            PackedAnswerTokensPerSecond = packed.Answers / inRows,
            PaddedAnswerTokensPerSecond = padded.Answers / apart,
        };
    }

    private static double Step(LanguageModel model, PackedDialogues dialogues, ScalarType type)
        => GenerationBenchmark.TrainingStep(
            model,
            type,
            () => dialogues.Logits(model, visual: null, model.Device),
            dialogues.Targets.to(model.Device));
}

using System.Globalization;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Answers;

/// <summary>A page on the answers to sets: of each the figures, the worst answers, and some drawn at random, with their pictures.</summary>
internal static class AnswerPage
{
    private const int Shown = 24;

    /// <summary>Writes the page.</summary>
    /// <param name="path">What is there is replaced.</param>
    /// <param name="sets">Names and answers.</param>
    /// <param name="seed">Of the draw.</param>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<(string Name, ScoredAnswers Answers)> sets, int seed = 17) => PicturePage.Write(
        path,
        $"Answers: {string.Join(", ", sets.Select(set => set.Name))}",
        $"The {Shown} worst answers of each set, and {Shown} drawn at random.",
        sets.SelectMany(set => new[]
        {
            ($"{set.Name}: {Figures(set.Answers.Figures)}; the worst", Cards(set.Answers, Worst(set.Answers))),
            ($"{set.Name}: at random", Cards(set.Answers, Drawn(set.Answers, seed))),
        }));

    /// <summary>Of equal scores the earlier; answers that do not count are not among them.</summary>
    internal static IEnumerable<int> Worst(ScoredAnswers answers) => answers.Scores.Index()
        .Where(entry => entry.Item is not null)
        .OrderBy(entry => entry.Item)
        .Select(entry => entry.Index)
        .Take(Shown);

    /// <summary>The same for the same seed.</summary>
    internal static IEnumerable<int> Drawn(ScoredAnswers answers, int seed)
    {
        int[] all = [.. Enumerable.Range(0, answers.Answers.Count)];
        new Random(seed).Shuffle(all);
        return all.Take(Shown).Order();
    }

    private static string Figures(IReadOnlyDictionary<string, double> figures) => string.Join(", ", figures
        .Where(figure => !figure.Key.Contains('/', StringComparison.Ordinal))
        .Select(figure => string.Create(CultureInfo.InvariantCulture, $"{figure.Key} {figure.Value:0.####}")));

    private static IReadOnlyList<PictureCard> Cards(ScoredAnswers answers, IEnumerable<int> indices) => [.. indices.Select(index =>
    {
        var (question, text) = (answers.Answers[index].Question, answers.Answers[index].Text);
        var options = string.Concat(question.Options.Select((option, letter) => $" {Sets.VisualQuestion.Letter(letter)}. {option}"));
        var score = answers.Scores[index]?.ToString("0.###", CultureInfo.InvariantCulture) ?? "does not count";
        return new PictureCard(
            $"{(question.Text.Length > 0 ? question.Text : question.Id)}{options}",
            $"\"{text}\"; right: {string.Join(" | ", question.Answers.Distinct())}; score {score}",
            Picture(question));
    })];

    /// <summary>The first picture; null where there is none, or it cannot be read: the page says so.</summary>
    private static byte[]? Picture(Sets.VisualQuestion question)
    {
        if (question.Media.Count == 0)
        {
            return null;
        }

        try
        {
            return Thumbnail.Jpeg(TransientImage.Decode(
                ImageDecoders.Default,
                question.Media[0].ReadBytes().Span,
                IImageDecoder.DefaultMaximumPixels));
        }
        catch (Exception bad) when (bad is BadSampleException or ImageException)
        {
            return null;
        }
    }
}

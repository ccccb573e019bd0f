using System.Text;
using System.Text.Json;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Answers;

/// <summary>The answers of an interrupted evaluation, in the order of the questions, one JSON text or null a line.</summary>
internal sealed class KeptAnswers
{
    private readonly string path;

    /// <param name="folder">Made where it is not there.</param>
    /// <param name="key">Of everything that decides the answers.</param>
    /// <exception cref="UserErrorException">The folder cannot be made or written.</exception>
    public KeptAnswers(string folder, string key)
    {
        path = Path.Combine(folder, $"{key}.answers.jsonl");
        Try(() =>
        {
            Directory.CreateDirectory(folder);
            Texts.AddRange(Whole(path));
            File.WriteAllText(path, string.Concat(Texts.Select(Line)));     // a line that a kill has cut goes
        });
    }

    /// <summary>What is there so far; null for a question whose picture could not be read.</summary>
    public List<string?> Texts { get; } = [];

    /// <summary>Keeps more.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Add(IReadOnlyCollection<string?> texts)
    {
        Texts.AddRange(texts);
        Try(() => File.AppendAllText(path, string.Concat(texts.Select(Line))));
    }

    /// <summary>Removes what was kept, when the results are safe.</summary>
    public void Discard() => Try(() => File.Delete(path));

    private static string Line(string? text) => JsonSerializer.Serialize(text) + "\n";

    private static IEnumerable<string?> Whole(string path)
    {
        var text = File.Exists(path) ? Encoding.UTF8.GetString(File.ReadAllBytes(path)) : "";
        foreach (var line in text.Split('\n')[..^1])
        {
            string? answer;
            try
            {
                answer = JsonSerializer.Deserialize<string?>(line);
            }
            catch (JsonException)
            {
                yield break;                                    // from here on it is answered again
            }

            yield return answer;
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{path}: cannot be kept ({failure.Message.ReplaceLineEndings(" ")}). Name a writable folder with PE_CACHE.",
                failure);
        }
    }
}

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;
using PerceptionEncoder.Evaluation.QuestionAnswering.Sets;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Answers;

/// <summary>
/// Answers in a file, one JSON object a line, or a JSON list of such: <c>question_id</c> (or <c>id</c>, <c>questionId</c>,
/// <c>image_id</c>) and <c>answer</c> (or <c>prediction</c>, <c>response</c>, <c>caption</c>, <c>text</c>). Ours have <c>question</c>,
/// <c>answers</c> and <c>score</c> beside them.
/// </summary>
internal static class AnswerFile
{
    private static readonly string[] IdKeys = ["question_id", "id", "questionId", "image_id"];
    private static readonly string[] AnswerKeys = ["answer", "prediction", "response", "caption", "text"];
    private static readonly JsonSerializerOptions Layout = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The answers to the questions of a set, in the order of the questions.</summary>
    /// <param name="path">The file, of this or another system.</param>
    /// <param name="questions">Each must be answered once.</param>
    /// <param name="log">Takes a line where the file answers others too.</param>
    /// <exception cref="UserErrorException">A question is answered twice or not at all, or the file is no such file.</exception>
    public static IReadOnlyList<GivenAnswer> Read(string path, IReadOnlyList<VisualQuestion> questions, Action<string> log)
    {
        var known = Known(questions);
        var given = new Dictionary<string, (string Place, string Text)>();
        foreach (var (place, entry) in QuestionLists.Objects(path))
        {
            var id = entry.Needed(place, IdKeys);
            var text = entry.Needed(place, AnswerKeys);
            var question = known.GetValueOrDefault(Plain(id), Plain(id));
            if (!given.TryAdd(question, (place, text)))
            {
                throw new UserErrorException(
                    $"{place}: question {id} is answered a second time; first in {given[question].Place}. Leave one answer.");
            }
        }

        string[] missing = [.. questions.Where(question => !given.ContainsKey(question.Id)).Select(question => question.Id)];
        if (missing.Length > 0)
        {
            throw new UserErrorException($"{path}: has no answer to question {missing[0]}"
                + $"{(missing.Length > 1 ? $" and {missing.Length - 1} others" : "")} of {questions.Count}. Each must be answered once; "
                + "an empty answer counts.");
        }

        var others = given.Count - questions.Count;
        if (others > 0)
        {
            log($"{path}: {others} answers are to questions that are not in the set; they are left out");
        }

        return [.. questions.Select(question => new GivenAnswer(question, given[question.Id].Text))];
    }

    /// <summary>Writes answers with their scores.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<GivenAnswer> answers, IReadOnlyList<double?> scores)
    {
        var lines = new StringBuilder();
        foreach (var (answer, score) in answers.Zip(scores))
        {
            lines.Append(JsonSerializer.Serialize(
                new
                {
                    question_id = answer.Question.Id,
                    question = answer.Question.Text,
                    answers = answer.Question.Answers,
                    answer = answer.Text,
                    score,
                },
                Layout)).Append('\n');
        }

        AtomicFile.WriteAllText(path, lines.ToString());
    }

    /// <summary>The ids that answers may have: without what stands before a slash too, where the rest tells questions apart.</summary>
    private static Dictionary<string, string> Known(IReadOnlyList<VisualQuestion> questions)
    {
        var known = questions.Select(question => (Short: question.Id[(question.Id.LastIndexOf('/') + 1)..], question.Id))
            .GroupBy(entry => Plain(entry.Short))
            .Where(same => !same.Skip(1).Any())
            .ToDictionary(same => same.Key, same => same.First().Id);
        if (known.Count < questions.Count)
        {
            known.Clear();
        }

        foreach (var question in questions)
        {
            known[Plain(question.Id)] = question.Id;
        }

        return known;
    }

    /// <summary>COCO's picture 42 is <c>000000000042</c> in file names and 42 in lists.</summary>
    private static string Plain(string id)
        => id.Length > 1 && id.All(char.IsAsciiDigit) ? id.TrimStart('0').PadLeft(1, '0') : id;
}

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

/// <summary>Sets whose lists hold questions and answers together: DocVQA, InfographicVQA, TextVQA, ChartQA, and the plain form.</summary>
internal static class DocumentQuestions
{
    /// <summary>
    /// DocVQA, InfographicVQA and TextVQA as published: a JSON object whose <c>data</c> are questions. Answers of a test part are not
    /// published.
    /// </summary>
    public static IEnumerable<VisualQuestion> Published(QuestionFiles files, string list)
    {
        foreach (var (place, entry) in QuestionLists.Json(files, list).Entries(files.Shown(list), "data"))
        {
            var picture = entry.Text("image", "image_local_name") ?? $"{entry.Needed(place, "image_id")}.jpg";
            yield return new VisualQuestion
            {
                Id = entry.Needed(place, "questionId", "question_id"),
                Text = entry.Needed(place, "question"),
                Media = [files.Media(list, picture, $"train_images/{picture}", $"test_images/{picture}")],
                Answers = entry.Texts("answers"),
            };
        }
    }

    /// <summary>ChartQA as published: a list of <c>imgname</c>, <c>query</c>, <c>label</c>; the file's name says which half.</summary>
    public static IEnumerable<VisualQuestion> Charts(QuestionFiles files, string list)
    {
        var part = list.Contains("human", StringComparison.OrdinalIgnoreCase) ? "human"
            : list.Contains("augmented", StringComparison.OrdinalIgnoreCase) ? "augmented"
            : null;
        var name = list[(list.LastIndexOf('/') + 1)..list.LastIndexOf('.')];
        foreach (var (index, (place, entry)) in QuestionLists.Objects(files, list).Index())
        {
            var picture = entry.Needed(place, "imgname");
            yield return new VisualQuestion
            {
                Id = $"{name}/{index}",
                Text = entry.Needed(place, "query"),
                Media = [files.Media(list, $"png/{picture}", picture)],
                Answers = entry.Texts("label"),
                Part = part,
            };
        }
    }

    /// <summary>
    /// The plain form, one object a line: <c>question_id</c>, <c>question</c>, <c>image</c>, <c>images</c> or <c>video</c>, <c>answers</c>
    /// or <c>answer</c>; <c>options</c> and <c>split</c> where there are any. Of a question with options the answer is a letter or the text
    /// of one.
    /// </summary>
    public static IEnumerable<VisualQuestion> Plain(QuestionFiles files, string list)
    {
        foreach (var (place, entry) in QuestionLists.Objects(files, list))
        {
            string[] options = entry.Texts("options", "candidates");
            string[] answers = entry.Texts("answers", "answer", "label", "captions", "caption");
            yield return new VisualQuestion
            {
                Id = entry.Needed(place, "question_id", "id"),
                Text = entry.Text("question", "text") ?? "",
                Media = [.. entry.Texts("images", "image", "video").Select(name => files.Media(list, name))],
                Options = options,
                Answers = options.Length > 0 ? [.. answers.Select(answer => LetterOf(place, answer, options))] : answers,
                Part = entry.Text("split", "category", "part", "question_type"),
            };
        }
    }

    /// <summary>The letter of the right option.</summary>
    /// <exception cref="UserErrorException">The answer is none.</exception>
    public static string LetterOf(string place, string answer, IReadOnlyList<string> options)
    {
        var index = options.Index().Where(option => option.Item == answer).Select(option => option.Index).DefaultIfEmpty(-1).First();
        index = index < 0 && answer.Length == 1 ? answer[0] - 'A' : index;
        return index >= 0 && index < options.Count
            ? VisualQuestion.Letter(index).ToString()
            : throw new UserErrorException($"{place}: the answer \"{answer}\" is none of its {options.Count} options.");
    }
}

using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Data.Tables;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

/// <summary>Multiple-choice sets, each in its published form; the right answer becomes a letter.</summary>
internal static class ChoiceQuestions
{
    private const string Letters = "ABCDEFGH";

    /// <summary>AI2D: a JSON file a diagram with questions by their texts.</summary>
    public static IEnumerable<VisualQuestion> Diagrams(QuestionFiles files, string list)
    {
        var root = QuestionLists.Json(files, list);
        var picture = root.Text("imageName") ?? Path.GetFileNameWithoutExtension(list);
        if (!root.TryGetProperty("questions", out var questions) || questions.ValueKind != JsonValueKind.Object)
        {
            throw new UserErrorException($"{files.Shown(list)}: has no questions. AI2D's folder questions/ holds a file a diagram.");
        }

        foreach (var question in questions.EnumerateObject())
        {
            var place = $"{files.Shown(list)}: \"{question.Name}\"";
            string[] options = question.Value.Texts("answerTexts");
            yield return new VisualQuestion
            {
                Id = question.Value.Needed(place, "questionId"),
                Text = question.Name,
                Media = [files.Media(list, $"images/{picture}", picture)],
                Options = options,
                Answers = [LetterAt(place, question.Value.Needed(place, "correctAnswer"), options.Length)],
            };
        }
    }

    /// <summary>The ids of AI2D's test pictures; null where they are not there.</summary>
    public static IReadOnlySet<string>? TestDiagrams(QuestionFiles files)
        => files.Names.FirstOrDefault(name => name.EndsWith("ai2d_test_ids.csv", StringComparison.Ordinal)) is { } ids
            ? QuestionLists.Text(files, ids).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).ToHashSet()
            : null;

    /// <summary>
    /// MMBench: a table with <c>index</c>, <c>question</c>, <c>hint</c>, options <c>A</c> to <c>D</c>, <c>answer</c>, <c>category</c> and
    /// the picture itself in base64, or the index of the row that has it.
    /// </summary>
    public static IEnumerable<VisualQuestion> Benchmark(QuestionFiles files, string list)
    {
        using var text = new StringReader(QuestionLists.Text(files, list));
        using var rows = new DelimitedReader(text, '\t', files.Shown(list)).Rows().GetEnumerator();
        var head = rows.MoveNext() ? rows.Current.Fields : [];
        var pictures = new Dictionary<string, string>();
        while (rows.MoveNext())
        {
            var (line, cells) = rows.Current;
            var place = $"{files.Shown(list)}:{line}";
            var id = Needed("index");
            var hint = Cell("hint") is { Length: > 0 } given && given != "nan" ? $"{given}\n" : "";
            var picture = Cell("image") ?? "";
            pictures[id] = pictures.GetValueOrDefault(picture, picture);
            var answer = Cell("answer") ?? "";
            string[] options = [.. Letters.Select(letter => Cell(letter.ToString()))
                .TakeWhile(option => option is { Length: > 0 } and not "nan")!];
            yield return new VisualQuestion
            {
                Id = id,
                Text = hint + Needed("question"),
                Media = [Picture(place, id, pictures[id])],
                Options = options,
                Answers = answer.Length > 0 ? [DocumentQuestions.LetterOf(place, answer, options)] : [],
                Part = Cell("category"),
            };

            string? Cell(string column) => head.Index().Where(entry => entry.Item == column && entry.Index < cells.Count)
                .Select(entry => cells[entry.Index]).FirstOrDefault();

            string Needed(string column) => Cell(column)
                ?? throw new UserErrorException($"{place}: has no column \"{column}\". MMBench's tables are tab-separated.");
        }

        MediaItem Picture(string place, string id, string base64) => new(place, files.Root, () =>
        {
            try
            {
                return Convert.FromBase64String(base64);
            }
            catch (FormatException)
            {
                throw new BadSampleException(CaptionedImage.MissingImage, $"row {id} holds no picture in base64");
            }
        });
    }

    /// <summary>MVBench: a JSON list a task of <c>video</c>, <c>question</c>, <c>candidates</c> and the text of the right one.</summary>
    public static IEnumerable<VisualQuestion> Clips(QuestionFiles files, string list)
    {
        var task = Path.GetFileNameWithoutExtension(list);
        foreach (var (index, (place, entry)) in QuestionLists.Objects(files, list).Index())
        {
            string[] options = entry.Texts("candidates");
            yield return new VisualQuestion
            {
                Id = $"{task}/{index}",
                Text = entry.Needed(place, "question"),
                Media = [files.Media(list, entry.Needed(place, "video"))],
                Options = options,
                Answers = [DocumentQuestions.LetterOf(place, entry.Needed(place, "answer"), options)],
                Part = task,
            };
        }
    }

    /// <summary>PerceptionTest: clips by name, each with its <c>mc_question</c>s; answers of the test part are not published.</summary>
    public static IEnumerable<VisualQuestion> Perception(QuestionFiles files, string list)
    {
        foreach (var clip in QuestionLists.Json(files, list).EnumerateObject())
        {
            var shown = $"{files.Shown(list)}: {clip.Name}";
            foreach (var (place, entry) in clip.Value.Entries(shown, "mc_question"))
            {
                string[] options = entry.Texts("options");
                yield return new VisualQuestion
                {
                    Id = $"{clip.Name}/{entry.Needed(place, "id")}",
                    Text = entry.Needed(place, "question"),
                    Media = [files.Media(list, $"{clip.Name}.mp4", $"videos/{clip.Name}.mp4")],
                    Options = options,
                    Answers = entry.Text("answer_id") is { } answer ? [LetterAt(place, answer, options.Length)] : [],
                    Part = entry.Text("area"),
                };
            }
        }
    }

    /// <summary>EgoSchema: <c>questions.json</c>, and the answers of its public part in <c>subset_answers.json</c>.</summary>
    public static IEnumerable<VisualQuestion> Ego(QuestionFiles files, string list)
    {
        var answers = files.Names.FirstOrDefault(name => name.EndsWith("subset_answers.json", StringComparison.Ordinal)) is { } name
            ? QuestionLists.Json(files, name)
            : default;
        foreach (var (place, entry) in QuestionLists.Objects(files, list))
        {
            var id = entry.Needed(place, "q_uid");
            string[] options = [.. Enumerable.Range(0, Letters.Length).Select(option => entry.Text($"option {option}"))
                .TakeWhile(option => option is not null)!];
            yield return new VisualQuestion
            {
                Id = id,
                Text = entry.Needed(place, "question"),
                Media = [files.Media(list, $"{id}.mp4", $"videos/{id}.mp4")],
                Options = options,
                Answers = answers.Text(id) is { } answer ? [LetterAt(place, answer, options.Length)] : [],
            };
        }
    }

    private static string LetterAt(string place, string index, int count)
        => int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var option) && option < count
            ? VisualQuestion.Letter(option).ToString()
            : throw new UserErrorException($"{place}: the right option is {index}, and there are {count}, counted from 0.");
}

using System.Globalization;
using System.Text.Json;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

/// <summary>VQA v2 and OK-VQA: questions and the answers of ten people in two files, the pictures being COCO's.</summary>
internal static class PhotoQuestions
{
    /// <summary>Questions, with their answers where the file of answers is there.</summary>
    /// <param name="files">Of the set.</param>
    /// <param name="list">The file of questions.</param>
    public static IEnumerable<VisualQuestion> Read(QuestionFiles files, string list)
    {
        var root = QuestionLists.Json(files, list);
        var split = root.Text("data_subtype") ?? "";
        var given = Answers(files, list, split);
        foreach (var (place, entry) in root.Entries(files.Shown(list), "questions"))
        {
            var id = entry.Needed(place, "question_id");
            var answered = given.GetValueOrDefault(id);
            yield return new VisualQuestion
            {
                Id = id,
                Text = entry.Needed(place, "question"),
                Media = [files.Media(list, Pictures(entry.Needed(place, "image_id"), split))],
                Answers = answered.ValueKind == JsonValueKind.Object ? answered.Texts("answers") : [],
                Part = answered.Text("answer_type"),
            };
        }
    }

    /// <summary>Whether a file's name is one of a list of questions.</summary>
    public static bool IsList(string name) => name.EndsWith("questions.json", StringComparison.Ordinal);

    private static Dictionary<string, JsonElement> Answers(QuestionFiles files, string list, string split)
    {
        // The two names have the split alone in common, and of a folder with several splits each has its own.
        string[] all = [.. files.Names.Where(name => name.EndsWith("annotations.json", StringComparison.Ordinal))];
        string[] own = all.Length > 1 && split.Length > 0 ? [.. all.Where(name => name.Contains(split, StringComparison.Ordinal))] : all;
        if (own.Length > 1)
        {
            throw new UserErrorException(
                $"{files.Shown(list)}: several files may hold its answers ({string.Join(", ", own)}). Leave one beside it.");
        }

        var answers = new Dictionary<string, JsonElement>();
        foreach (var name in own)
        {
            foreach (var (place, entry) in QuestionLists.Json(files, name).Entries(files.Shown(name), "annotations"))
            {
                answers[entry.Needed(place, "question_id")] = entry;
            }
        }

        return answers;
    }

    /// <summary>Names that COCO gives a picture: with the split up to 2014, without it since.</summary>
    private static IEnumerable<string> Pictures(string id, string split)
    {
        var digits = long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number.ToString("D12", CultureInfo.InvariantCulture)
            : id;
        string[] names = [$"COCO_{split}_{digits}.jpg", $"{digits}.jpg"];
        return [.. names.Select(name => $"{split}/{name}"), .. names, $"COCO_train2014_{digits}.jpg", $"COCO_val2014_{digits}.jpg"];
    }
}

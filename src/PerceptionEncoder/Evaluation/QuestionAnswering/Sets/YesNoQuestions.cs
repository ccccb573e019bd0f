namespace PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

/// <summary>POPE and MME: questions to be answered with yes or no.</summary>
internal static class YesNoQuestions
{
    private static readonly string[] PictureEndings = [".jpg", ".png", ".jpeg"];

    /// <summary>
    /// POPE as published: one object a line with <c>question_id</c>, <c>image</c>, <c>text</c> and <c>label</c>; the file's name ends in
    /// how the absent objects were chosen, which is the part and stands before the id, since each file counts anew.
    /// </summary>
    public static IEnumerable<VisualQuestion> Objects(QuestionFiles files, string list)
    {
        var stem = list[(list.LastIndexOf('/') + 1)..list.LastIndexOf('.')];
        var part = stem[(stem.LastIndexOf('_') + 1)..];
        foreach (var (place, entry) in QuestionLists.Objects(files, list))
        {
            var picture = entry.Needed(place, "image");
            yield return new VisualQuestion
            {
                Id = $"{part}/{entry.Needed(place, "question_id")}",
                Text = entry.Needed(place, "text", "question"),
                Media = [files.Media(list, picture, $"val2014/{picture}")],
                Answers = [entry.Needed(place, "label", "answer")],
                Part = part,
            };
        }
    }

    /// <summary>
    /// MME as published: a folder a category; in it, or in its <c>questions_answers_YN</c>, a text a picture with two lines, question and
    /// answer between tabs. Or a text a category, with the picture's name first.
    /// </summary>
    public static IEnumerable<VisualQuestion> Pairs(QuestionFiles files, string list)
    {
        var places = list.Split('/');
        var stem = Path.GetFileNameWithoutExtension(places[^1]);
        var folder = places.Length > 2 && places[^2] == "questions_answers_YN" ? places[^3] : places.Length > 1 ? places[^2] : "";
        var lines = QuestionLists.Text(files, list).Split('\n').Index().Where(line => !string.IsNullOrWhiteSpace(line.Item));
        var seen = new Dictionary<string, int>();
        foreach (var (index, line) in lines)
        {
            var cells = line.TrimEnd('\r').Split('\t');
            if (cells.Length < 2)
            {
                throw new UserErrorException($"{files.Shown(list)}:{index + 1}: has no tab. A line is a question and its answer.");
            }

            var (category, picture) = cells.Length > 2 ? (stem, cells[0]) : (folder, stem);
            seen[picture] = seen.GetValueOrDefault(picture) + 1;
            string[] names = cells.Length > 2
                ? [$"{category}/images/{picture}", $"{category}/{picture}", picture]
                : [.. PictureEndings.SelectMany(ending => new[] { $"images/{picture}{ending}", $"{picture}{ending}" })];
            yield return new VisualQuestion
            {
                Id = $"{category}/{Path.GetFileNameWithoutExtension(picture)}/{seen[picture]}",
                Text = cells[^2],
                Media = [files.Media(list, names)],
                Answers = [cells[^1].Trim()],
                Part = category,
            };
        }
    }

    /// <summary>The picture of a question of MME, which two questions share: its id without their count.</summary>
    public static string PictureOf(VisualQuestion question) => question.Id[..question.Id.LastIndexOf('/')];
}

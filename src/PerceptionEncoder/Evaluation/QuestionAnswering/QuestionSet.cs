using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Evaluation.QuestionAnswering.Sets;
using PerceptionEncoder.Evaluation.Sets;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>The questions of a set that have an answer.</summary>
/// <param name="Name">For results.</param>
/// <param name="Root">Where it is.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Questions">In their published order; ids are unique.</param>
internal sealed record QuestionSet(string Name, string Root, QuestionSetKind Kind, IReadOnlyList<VisualQuestion> Questions)
{
    /// <summary>Finds a set and reads its lists.</summary>
    /// <param name="text">A name below <paramref name="data"/>, a path, or <c>NAME=PATH</c>.</param>
    /// <param name="data">Folder of all sets, or of the only one; null for <see cref="EvaluationSetLocator.Variable"/>.</param>
    /// <param name="split">Which part; null for the customary one.</param>
    /// <param name="alone">Whether it is the only set asked for.</param>
    /// <param name="log">Takes a line about questions without published answers.</param>
    /// <exception cref="UserErrorException">It is nowhere, of no known kind, or not as published.</exception>
    public static QuestionSet Open(string text, string? data, string? split, bool alone, Action<string> log)
    {
        var (name, root) = Locate(text, data, alone);
        var kind = PublishedQuestionSets.Find(name) ?? throw new UserErrorException(
            $"{text}: begins with the name of no known set ({string.Join(", ", PublishedQuestionSets.All.Select(known => known.Name))}). "
            + "Write which it is: NAME=PATH.");
        var questions = Read(kind, root, split ?? kind.Split);
        var answered = questions.Where(question => question.Answers.Count > 0).ToList();
        if (answered.Count == 0)
        {
            throw new UserErrorException(questions.Count == 0
                ? $"{root}: {name} has no question of the split {split ?? kind.Split}. Name another with --split."
                : $"{root}: none of {questions.Count} questions of {name} has an answer; those of test parts are not published. "
                    + "Name another with --split.");
        }

        if (answered.Count < questions.Count)
        {
            log($"{name}: {questions.Count - answered.Count} of {questions.Count} questions have no published answer and are left out");
        }

        var twice = answered.GroupBy(question => question.Id).FirstOrDefault(same => same.Skip(1).Any());
        return twice is null
            ? new QuestionSet(name, root, kind, answered)
            : throw new UserErrorException(
                $"{root}: the question {twice.Key} of {name} is there {twice.Count()} times. Leave one of its lists.");
    }

    private static (string Name, string Root) Locate(string text, string? data, bool alone)
    {
        if (text.IndexOf('=', StringComparison.Ordinal) is > 0 and var end)
        {
            return (text[..end], text[(end + 1)..]);
        }

        var root = data ?? (Environment.GetEnvironmentVariable(EvaluationSetLocator.Variable) is { Length: > 0 } all ? all : null);
        if (root is not null && !Path.IsPathRooted(text) && Path.Combine(root, text) is var below && Directory.Exists(below))
        {
            return (text, below);
        }

        return File.Exists(text) || Directory.Exists(text) ? (NameOf(text), text)
            : root is null ? throw new UserErrorException(
                $"{text}: no such folder. Give the folder of a set, or the one above it with --data or {EvaluationSetLocator.Variable}.")
            : alone && data is not null && !Path.IsPathRooted(text) ? (text, root)
            : throw new UserErrorException($"{root}: holds no folder {text}. Put the set there, or name another folder.");
    }

    /// <summary>A path's last name that begins with a set's: of <c>chartqa/test</c> it is the folder's above.</summary>
    private static string NameOf(string path)
    {
        var part = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        for (; part.Length > 1; part = Path.GetDirectoryName(part) ?? "")
        {
            if (PublishedQuestionSets.Find(Path.GetFileName(part)) is not null)
            {
                return Path.GetFileNameWithoutExtension(part);
            }
        }

        return Path.GetFileName(path);
    }

    private static List<VisualQuestion> Read(QuestionSetKind kind, string root, string split)
    {
        if (kind.Metric is Metrics.CaptionMetric && Shards(root, split) is { } shards)
        {
            return [.. shards.SelectMany(CaptionQuestions.Shard)];
        }

        var files = QuestionFiles.Open(root);
        foreach (var form in kind.Forms)
        {
            string[] all = [.. files.Names.Where(form.IsList)];
            string[] own = [.. all.Where(name => name.Contains(split, StringComparison.OrdinalIgnoreCase))];
            string[] lists = all.Length > 1 && own.Length > 0 ? own : all;
            if (lists.Length > 1 && !form.IsSplit)
            {
                throw new UserErrorException($"{root}: several files may be the list of {kind.Name} ({string.Join(", ", lists)}). "
                    + "Name the split that is meant with --split, or the folder of one.");
            }

            if (lists.Length > 0)
            {
                return [.. lists.SelectMany(list => form.Read(files, list, split))];
            }
        }

        throw new UserErrorException(
            $"{root}: holds no published list of {kind.Name} and no .jsonl of questions. See docs/question-answering.md.");
    }

    private static IReadOnlyList<string>? Shards(string root, string split)
        => new[] { split, "test" }.Where(folder => ClipBenchmarkFolder.IsAt(root, folder))
            .Select(folder => ClipBenchmarkFolder.Open(root, folder).Shards)
            .FirstOrDefault();
}

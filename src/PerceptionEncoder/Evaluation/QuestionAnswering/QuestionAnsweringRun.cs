using PerceptionEncoder.Evaluation.QuestionAnswering.Answers;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>Scores answers to published sets of questions and captions, of ours or of another system, without a model.</summary>
public sealed record QuestionAnsweringRun
{
    /// <summary>Name in results of what is measured.</summary>
    public const string Task = "question_answering";

    /// <summary>Names of sets, paths, or <c>NAME=PATH</c>.</summary>
    public required IReadOnlyList<string> Sets { get; init; }

    /// <summary>Folder of the sets, or of the only one; null for <see cref="Evaluation.Sets.EvaluationSetLocator.Variable"/>.</summary>
    public string? Data { get; init; }

    /// <summary>Which part of the sets; null for the customary one of each.</summary>
    public string? Split { get; init; }

    /// <summary>File of the answers; of several sets the folder with a file <c>SET.jsonl</c> each.</summary>
    public required string Predictions { get; init; }

    /// <summary>Where answers go with their scores, likewise; null for nowhere.</summary>
    public string? Output { get; init; }

    /// <summary>A page with the worst answers and some at random; null for none.</summary>
    public string? Page { get; init; }

    /// <summary>The sets that are known, for messages.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. PublishedQuestionSets.All.Select(kind => kind.Name)];

    /// <summary>Scores everything and writes the files that are asked for.</summary>
    /// <param name="log">Takes a line for each thing that is left out.</param>
    /// <exception cref="UserErrorException">A set or its answers cannot be used, or a file cannot be written.</exception>
    public IReadOnlyList<EvaluationReport> Run(Action<string> log)
    {
        QuestionSet[] sets = [.. Sets.Select(text => QuestionSet.Open(text, Data, Split, Sets.Count == 1, log))];
        if (sets.GroupBy(set => set.Name).FirstOrDefault(same => same.Skip(1).Any()) is { } twice)
        {
            throw new UserErrorException($"{twice.Key}: two sets have this name. Write NAME=PATH, with another name that begins so.");
        }

        var scored = Array.ConvertAll(sets, set => ScoredAnswers.Of(
            set.Kind.Metric,
            AnswerFile.Read(FileOf(Predictions, set, sets.Length), set.Questions, log)));
        if (Output is not null)
        {
            foreach (var (set, answers) in sets.Zip(scored))
            {
                AnswerFile.Write(FileOf(Output, set, sets.Length, make: true), answers.Answers, answers.Scores);
            }
        }

        if (Page is not null)
        {
            AnswerPage.Write(Page, [.. sets.Zip(scored, (set, answers) => (set.Name, answers))]);
        }

        return [.. sets.Zip(scored, (set, answers) => Report(set, answers, FileOf(Predictions, set, sets.Length)))];
    }

    private EvaluationReport Report(QuestionSet set, ScoredAnswers answers, string file) => new(
        new EvaluationResult(set.Name, Task, answers.Figures, answers.Answers.Count, 0),
        file,
        WeightsHash.Of(file),
        new { Set = set.Name, Kind = set.Kind.Name, Data = set.Root, Split = Split ?? set.Kind.Split, Predictions = file });

    private static string FileOf(string path, QuestionSet set, int count, bool make = false)
    {
        var file = count > 1 || Directory.Exists(path) ? Path.Combine(path, $"{set.Name}.jsonl") : path;
        if (make && count > 1)
        {
            try
            {
                Directory.CreateDirectory(path);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException(
                    $"{path}: cannot be made ({failure.Message.ReplaceLineEndings(" ")}). Name a folder.",
                    failure);
            }
        }

        return make || File.Exists(file) ? file : throw new UserErrorException(
            $"{file}: no such file. --predictions names a file of answers"
            + $"{(count > 1 ? ", of several sets a folder with SET.jsonl each" : "")}.");
    }
}

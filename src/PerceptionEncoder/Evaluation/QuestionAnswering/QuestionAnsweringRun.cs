using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation.QuestionAnswering.Answers;
using PerceptionEncoder.Evaluation.QuestionAnswering.Metrics;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>
/// Scores answers to published sets of questions and captions: a model's, or those in a file, of ours or of another system. A model that
/// was interrupted goes on where it was when the run is repeated.
/// </summary>
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

    /// <summary>File of the answers; of several sets the folder with a file <c>SET.jsonl</c> each. Null where a model answers.</summary>
    public string? Predictions { get; init; }

    /// <summary>The model that answers; null where answers are in a file.</summary>
    public AnsweringModelOptions? Model { get; init; }

    /// <summary>Holds what an interrupted model has answered; needed with a model.</summary>
    public string Cache { get; init; } = "";

    /// <summary>Ranks that share a model's work; the one that writes logs, keeps and publishes.</summary>
    public World World { get; init; } = World.Single;

    /// <summary>Where answers go with their scores, likewise; null for nowhere.</summary>
    public string? Output { get; init; }

    /// <summary>A page with the worst answers and some at random; null for none.</summary>
    public string? Page { get; init; }

    /// <summary>The sets that are known, for messages.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. PublishedQuestionSets.All.Select(kind => kind.Name)];

    /// <summary>Scores everything and writes the files that are asked for.</summary>
    /// <param name="log">Takes a line for each thing that is left out.</param>
    /// <param name="progress">Told of a set how many questions are answered, and of how many.</param>
    /// <param name="publish">Takes the results; what was kept for the case of an interruption is removed when it returns.</param>
    /// <param name="stop">Stops between two blocks of questions; what was answered is kept.</param>
    /// <exception cref="UserErrorException">A set or its answers cannot be used, or a file cannot be written.</exception>
    public void Run(
        Action<string> log,
        Action<string, int, int>? progress,
        Action<IReadOnlyList<EvaluationReport>> publish,
        CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(publish);
        if ((Predictions is null) == (Model is null))
        {
            throw new UserErrorException("give either answers with --predictions or a model with --checkpoint.");
        }

        QuestionSet[] sets = [.. Sets.Select(text => QuestionSet.Open(text, Data, Split, Sets.Count == 1, World.Writes ? log : _ => { }))];
        if (sets.GroupBy(set => set.Name).FirstOrDefault(same => same.Skip(1).Any()) is { } twice)
        {
            throw new UserErrorException($"{twice.Key}: two sets have this name. Write NAME=PATH, with another name that begins so.");
        }

        if (Model is null)
        {
            if (World.Writes)
            {
                publish(Scored(Array.ConvertAll(sets, set => OfFile(set, FileOf(Predictions!, set, sets.Length), log))));
            }

            return;
        }

        var device = World.Place(Model.Compute).Prepare(World.Writes ? log : null);
        using var model = new AnsweringModel(Model, device, stop);
        var kept = World.Writes ? Array.ConvertAll(sets, set => new KeptAnswers(Path.Combine(Cache, "evaluations"), model.Key(set))) : [];
        var answered = sets.Select((set, index) => OfModel(set, model, World.Writes ? kept[index] : null, log, progress, stop)).ToArray();
        if (World.Writes)
        {
            publish(Scored(answered));
            Array.ForEach(kept, answers => answers.Discard());
        }
    }

    /// <summary>The answers of several sets stand for one model, which the folder names.</summary>
    private Answered OfFile(QuestionSet set, string file, Action<string> log)
        => new(set, AnswerFile.Read(file, set.Questions, log), 0, Predictions!, WeightsHash.Of(file));

    private Answered OfModel(
        QuestionSet set,
        AnsweringModel model,
        KeptAnswers? kept,
        Action<string> log,
        Action<string, int, int>? progress,
        CancellationToken stop)
    {
        var texts = new AnswerCollection(World, kept, Model!.Batch).Collect(
            set.Questions,
            questions => model.Answer(set.Kind, questions, log, stop),
            done => progress?.Invoke(set.Name, done, set.Questions.Count),
            stop);
        GivenAnswer[] answers = [.. set.Questions.Zip(texts)
            .Where(pair => pair.Second is not null)
            .Select(pair => new GivenAnswer(pair.First, pair.Second!))];
        return answers.Length > 0 || !World.Writes
            ? new Answered(set, answers, texts.Count - answers.Length, model.Path, model.Hash())
            : throw new UserErrorException($"{set.Root}: no picture of {set.Name} can be read. See the lines above.");
    }

    private List<EvaluationReport> Scored(IReadOnlyList<Answered> sets)
    {
        List<(Answered Set, ScoredAnswers Answers)> scored =
            [.. sets.Select(set => (set, ScoredAnswers.Of(set.Set.Kind.Metric, set.Answers)))];
        if (Output is not null)
        {
            scored.ForEach(entry => AnswerFile.Write(
                FileOf(Output, entry.Set.Set, sets.Count, make: true),
                entry.Answers.Answers,
                entry.Answers.Scores));
        }

        if (Page is not null)
        {
            AnswerPage.Write(Page, [.. scored.Select(entry => (entry.Set.Set.Name, entry.Answers))]);
        }

        return [.. scored.Select(entry => Report(entry.Set, entry.Answers))];
    }

    private EvaluationReport Report(Answered answered, ScoredAnswers scored) => new(
        new EvaluationResult(answered.Set.Name, Task, scored.Figures, scored.Answers.Count, answered.Unreadable),
        answered.Source,
        answered.Hash,
        new
        {
            Set = answered.Set.Name,
            Kind = answered.Set.Kind.Name,
            Data = answered.Set.Root,
            Split = Split ?? answered.Set.Kind.Split,
            Predictions,
            Model,
        });

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

    /// <param name="Set">The set.</param>
    /// <param name="Answers">To the questions whose pictures could be read.</param>
    /// <param name="Unreadable">Questions whose pictures could not.</param>
    /// <param name="Source">Weights, or the file of answers.</param>
    /// <param name="Hash">SHA-256 of it.</param>
    private sealed record Answered(QuestionSet Set, IReadOnlyList<GivenAnswer> Answers, int Unreadable, string Source, string Hash);
}

using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Evaluation.Video;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation;

/// <summary>
/// Several checkpoints on several sets. An interrupted run goes on when repeated; the finished one leaves text classifiers behind and
/// nothing else.
/// </summary>
public sealed record EvaluationRun
{
    /// <summary>What is measured: names or folders of sets.</summary>
    public required IReadOnlyList<string> Sets { get; init; }

    /// <summary>Folder of the sets, or of the only one; null for <see cref="EvaluationSetLocator.Variable"/>.</summary>
    public string? Data { get; init; }

    /// <summary>How it is measured, for every set.</summary>
    public required EvaluationSetOptions Options { get; init; }

    /// <summary>As <see cref="Models.ModelWeights.Open"/> takes them.</summary>
    public required IReadOnlyList<string> Checkpoints { get; init; }

    /// <summary>Side of the input in pixels; null for each checkpoint's own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>The tokenizer's file or folder; null for the usual search.</summary>
    public string? Vocabulary { get; init; }

    /// <summary>Arithmetic of matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Device and threads.</summary>
    public ComputeOptions Compute { get; init; } = new();

    /// <summary>
    /// Ranks that share the work: batches are dealt to them in turn, and the one that writes logs, keeps and publishes.
    /// </summary>
    public World World { get; init; } = World.Single;

    /// <summary>Holds text classifiers, and what an interrupted run has encoded.</summary>
    public required string Cache { get; init; }

    /// <summary>Measures everything.</summary>
    /// <param name="log">
    /// Takes one line for each thing that cannot be used, for a run that goes on, and for where a checkpoint's time went.
    /// </param>
    /// <param name="progress">Called after each batch.</param>
    /// <param name="publish">Takes all results in order; what was kept for the case of an interruption is removed when it returns.</param>
    /// <param name="cancellation">Stops between two batches; what was encoded is kept.</param>
    /// <exception cref="UserErrorException">A set or checkpoint cannot be used.</exception>
    public void Run(
        Action<string> log,
        Action<EvaluationProgress>? progress,
        Action<IReadOnlyList<EvaluationReport>> publish,
        CancellationToken cancellation)
    {
        if (Options.Batch < 1)
        {
            throw new UserErrorException($"--batch {Options.Batch}: encode at least one image at once.");
        }

        var said = new HashSet<string>(StringComparer.Ordinal);
        OpenedSet[] sets = [.. Locate().Select(set => OpenedSet.Open(set, LogOnce))];
        var sessions = new List<EvaluationSession>();
        try
        {
            EvaluationReport[] reports =
                [.. Checkpoints.SelectMany(path => Measure(path, sets, LogOnce, progress, sessions, cancellation))];
            if (World.Writes)
            {
                publish(reports);
            }
        }
        catch (OperationCanceledException)
        {
            LogOnce("stopped; the same command goes on from here");
            throw;
        }

        sessions.ForEach(session => session.Complete());

        // A sample that cannot be read is met once for each transform and checkpoint.
        void LogOnce(string line)
        {
            if (World.Writes && said.Add(line))
            {
                log(line);
            }
        }
    }

    /// <summary>The sets with their folders.</summary>
    /// <exception cref="UserErrorException">One is nowhere.</exception>
    public EvaluationSetOptions[] Locate()
    {
        var names = EvaluationSetLocator.Expand(Sets);
        return [.. names.Select(name =>
        {
            var (shown, folder) = EvaluationSetLocator.Locate(name, Data, Options.Split, alone: names.Count == 1);
            return Options with { Name = shown, Data = folder, Frames = Options.Frames ?? PublishedClips.FramesOf(shown) };
        })];
    }

    private List<EvaluationReport> Measure(
        string path, OpenedSet[] sets, Action<string> log, Action<EvaluationProgress>? progress, List<EvaluationSession> sessions,
        CancellationToken cancellation)
    {
        var lines = new List<string>();                         // said once the checkpoint is there: an error is one line
        var device = World.Place(Compute).Prepare(lines.Add);
        using var checkpoint = LoadedClip.Open(path, device, ImageSize, Vocabulary);
        lines.ForEach(log);
        if (checkpoint.Origin is { } origin)
        {
            log($"{checkpoint.Path}: read from {origin}");
        }

        using var encoder = new ClipEncoder(checkpoint.Model, checkpoint.Tokenizer, device, Precision);
        var session = new EvaluationSession(
            Cache,
            checkpoint.Hash(),
            $"{checkpoint.Tokenizer.Hash()} {encoder.Resolution} {Precision.Products(device)} {device}",
            encoder.Dimension,
            World)
        {
            Report = World.Writes ? progress : null,
        };
        sessions.Add(session);

        var evaluators = Array.ConvertAll(sets, set => Evaluators.Create(set, FeatureEncoder.Of(encoder), log, session));
        using var casts = Autocast.KeepCasts();
        var results = evaluators.Select(evaluator => evaluator.Evaluate(cancellation)).ToList();
        if (!World.Writes)
        {
            return [];
        }

        var reports = results.Zip(sets, (result, set) => Report(result, set.Options)).ToList();
        if (EvaluationSetLocator.AsksForMean(Sets))
        {
            var mean = RobustnessMean.Of(results);
            reports.Add(Report(mean, Options with { Name = mean.Dataset, Data = Data ?? "" }));
        }

        var clock = session.Clock;
        if (clock.Total.ElapsedTicks > 0)
        {
            log($"{checkpoint.Path}: measured in {clock.Total.Elapsed.TotalSeconds:0.0} s, "
                + $"encoder busy {clock.EncoderShare:P1}, figures {clock.MetricsShare:P1}, {Precision.Products(device)}");
        }

        return reports;

        EvaluationReport Report(EvaluationResult result, EvaluationSetOptions set) => new(
            result,
            checkpoint.Path,
            session.WeightsHash,
            new
            {
                Set = set,
                BothTransforms = set.Transform is null,
                Checkpoint = path,
                ImageSize = encoder.Resolution,
                Vocabulary,
                Compute = Compute.Settled(device),
                Precision = Precision.On(device),
            });
    }
}

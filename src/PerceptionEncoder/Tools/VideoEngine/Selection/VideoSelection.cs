using System.Diagnostics;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.Inspection;
using PerceptionEncoder.Tools.VideoEngine.Captioning;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>
/// The first stage of the video data engine: measures the clips of some shards, drops those that are bad or come twice, and keeps the best
/// of each kind. What is measured is measured once, so that a second run with other limits chooses anew in seconds, and a killed one goes
/// on.
/// </summary>
/// <param name="options">Which shards, and how many are kept.</param>
/// <param name="decoding">How clips are decoded.</param>
public sealed class VideoSelection(SelectionOptions options, VideoReaderOptions? decoding = null)
{
    private const string MeasuresName = "measures.jsonl";
    private const string AnswersName = "answers.jsonl";
    private const string SelectionName = "selection.jsonl";
    private const string ReportName = "report.html";
    private const string ShardFolder = "shards";
    private const int ClipsAtOnce = 32;
    private const int HashLetters = 16;
    private static readonly string[] Good = ["1", "true", "yes", "good", "keep"];
    private static readonly string[] Bad = ["0", "false", "no", "bad", "drop"];

    private readonly VideoReaderOptions decoding = decoding ?? new VideoReaderOptions();

    /// <summary>Reads an environment variable.</summary>
    internal Func<string, string?> Variables { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Before the first retry of a call; null for the usual one.</summary>
    internal TimeSpan? FirstPause { get; init; }

    /// <summary>Measures, chooses and writes.</summary>
    /// <param name="log">Takes lines about what is unusual.</param>
    /// <param name="report">Told the clips measured so far.</param>
    /// <param name="cancellation">Stops; what is measured stays.</param>
    /// <exception cref="UserErrorException">Bad options, shards, labels or checkpoint; says what to do.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public SelectionSummary Run(Action<string> log, Action<long>? report = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        options.Check();
        var paths = options.Shards.SelectMany(pattern => ShardOrder.Find(pattern)).Distinct().ToArray();
        var reader = new FFmpegVideoReader(decoding);
        AtomicFolder.Create(options.Output);
        var clock = Stopwatch.StartNew();
        using var captioners = new Captioners(options.Precision, options.Compute ?? new ComputeOptions(), Variables, log, FirstPause);
        var captioner = options.Questions is { } config ? captioners.Open("captioner", config.Captioner) : null;
        var (clips, measured) = Measure(paths, reader, log, report, cancellation);
        var seconds = clock.Elapsed.TotalSeconds;
        if (clips.Length == 0)
        {
            var shown = string.Join(", ", options.Shards.Select(ShardAddress.Shown));
            throw new UserErrorException($"{shown}: holds no sample. Check the path.");
        }

        // Questions cost money: only what the rules leave is asked about.
        var choice = new ClipChoice(options, clips);
        var left = choice.Sift(cancellation);
        var questions = captioner is null ? null : Ask(captioner, reader, paths, clips, left, log, cancellation);
        var scorer = Scorer(clips, log, cancellation);
        var chosen = choice.Choose(scorer, cancellation);
        var (selection, page) = (Path.Combine(options.Output, SelectionName), Path.Combine(options.Output, ReportName));
        AtomicFile.WriteAllText(selection, string.Concat(chosen.Select(clip => clip.ToJson() + "\n")));
        var summary = new SelectionSummary(
            chosen.Count,
            chosen.Count(clip => clip.IsKept),
            chosen.CountBy(clip => clip.Reason).OrderByDescending(pair => pair.Value)
                .ToDictionary(pair => pair.Key, pair => (long)pair.Value),
            choice.Clusters,
            measured,
            seconds,
            scorer is null ? null : new ScorerSummary(scorer.Examples, scorer.Auc, scorer.Deviation),
            selection,
            page,
            Copy(paths, chosen, log, cancellation));
        summary = summary with { Questions = questions };
        SelectionPage.Write(page, summary, chosen, paths, reader, cancellation);
        return summary;
    }

    /// <summary>Gives the clips their answers.</summary>
    private QuestionsSummary Ask(
        ICaptioner captioner,
        FFmpegVideoReader reader,
        string[] paths,
        MeasuredClip[] clips,
        IReadOnlyList<int> left,
        Action<string> log,
        CancellationToken cancellation)
    {
        using var file = AnswersFile.Open(Path.Combine(options.Output, AnswersName));
        return new ClipQuestioning(options.Questions!, captioner, file, reader).Ask(paths, clips, left, log, cancellation);
    }

    private (MeasuredClip[] Clips, long Measured) Measure(
        string[] paths,
        IVideoReader reader,
        Action<string> log,
        Action<long>? report,
        CancellationToken cancellation)
    {
        using var file = MeasuresFile.Open(Path.Combine(options.Output, MeasuresName), Settings());
        using var features = options.Checkpoint is null ? null : new ClipFeatures(options, reader, cancellation);
        var states = paths.DistinctBy(ShardAddress.Shown).ToDictionary(ShardAddress.Shown, ShardState.Of, StringComparer.Ordinal);
        var known = new Dictionary<string, MeasuredClip>(StringComparer.Ordinal);
        foreach (var clip in file.Clips.Where(clip => clip.ShardState == states.GetValueOrDefault(clip.Shard)))
        {
            known[clip.Source] = clip;
        }

        var measurement = new ClipMeasurement(reader, !decoding.Isolated, cancellation);
        var workers = options.Workers > 0 ? options.Workers : Environment.ProcessorCount;
        var faults = new BadSamples();
        faults.Found += bad => log($"{bad.Shard}{(bad.Key is null ? "" : $", sample {bad.Key}")}: {bad.Detail}");
        var (order, measured) = (new Dictionary<string, int>(StringComparer.Ordinal), 0L);
        var unknown = SampleReader.ReadShards(paths, faults).Where(sample =>
        {
            var source = $"{sample.Shard}:{sample.Key}";
            return order.TryAdd(source, order.Count) && !known.ContainsKey(source);
        });
        foreach (var samples in SampleParts.Of(unknown, ClipsAtOnce))
        {
            var clips = new (MeasuredClip Clip, byte[]? Frames)[samples.Count];
            ParallelWork.ForEach(
                Enumerable.Range(0, clips.Length),
                workers,
                place => clips[place] = Measure(samples[place], measurement, features),
                cancellation);
            MeasuredClip[] encoded = [.. Encoded(clips, features)
                .Select(clip => clip with { ShardState = states.GetValueOrDefault(clip.Shard) })];
            file.Add(encoded);
            foreach (var clip in encoded)
            {
                known[clip.Source] = clip;
            }

            measured += clips.Length;
            report?.Invoke(measured);
        }

        // The order of the shards, whatever was measured when.
        return ([.. known.Values.Where(clip => order.ContainsKey(clip.Source)).OrderBy(clip => order[clip.Source])], measured);
    }

    /// <summary>What measures depend on: other weights give other features, and a decoder in another process no motion vectors.</summary>
    private string Settings()
    {
        var encoder = options.Checkpoint is { } checkpoint
            ? $"{options.Frames} frames by weights {WeightsHash.Of(WeightsLocation.Find(checkpoint))[..HashLetters]}"
            : "no checkpoint";
        return decoding.Isolated ? $"{encoder}, decoders isolated" : encoder;
    }

    private static (MeasuredClip Clip, byte[]? Frames) Measure(Sample sample, ClipMeasurement measurement, ClipFeatures? features)
    {
        var clip = measurement.Measure(sample);
        if (features is null || clip.Problem is not null)
        {
            return (clip, null);
        }

        try
        {
            return (clip, features.Prepare(sample));
        }
        catch (Exception bad) when (bad is BadSampleException or ImageException)
        {
            return (clip with { Problem = VisibleText.Line(bad.Message) }, null);
        }
    }

    private static MeasuredClip[] Encoded((MeasuredClip Clip, byte[]? Frames)[] clips, ClipFeatures? features)
    {
        var all = clips.Select(clip => clip.Clip).ToArray();
        int[] usable = [.. Enumerable.Range(0, clips.Length).Where(place => clips[place].Frames is not null)];
        if (features is not null && usable.Length > 0)
        {
            var rows = features.Encode([.. usable.Select(place => clips[place].Frames!)]);
            foreach (var (row, place) in usable.Index())
            {
                all[place] = all[place] with { Embedding = rows[row] };
            }
        }

        return all;
    }

    private ClipScorer? Scorer(MeasuredClip[] clips, Action<string> log, CancellationToken cancellation)
    {
        if (options.Labels is not { } path)
        {
            return null;
        }

        var usable = Enumerable.Range(0, clips.Length).Where(clip => clips[clip].Problem is null).ToArray();
        var byKey = usable.ToLookup(clip => clips[clip].Key);
        var (labels, unknown) = (new Dictionary<int, bool>(), 0);
        foreach (var row in Table.Open(path).Rows())
        {
            var (key, label) = (row.Text("key"), row.Text("label")?.Trim().ToLowerInvariant());
            if (key is null || label is null || !(Good.Contains(label) || Bad.Contains(label)))
            {
                throw new UserErrorException(
                    $"{row.Place}: gives no key and label. Name the columns key and label; a label is 1 (good) or 0 (bad).");
            }

            unknown += byKey[key].Any() ? 0 : 1;
            foreach (var clip in byKey[key])
            {
                labels[clip] = Good.Contains(label);
            }
        }

        if (unknown > 0)
        {
            log($"{path}: {unknown} rows name no usable clip of these shards");
        }

        // Those that cannot be used have no numbers: the scorer knows the others by their place among these.
        var place = usable.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        var trained = ClipScorer.Train(
            [.. usable.Select(clip => clips[clip])],
            labels.ToDictionary(label => place[label.Key], label => label.Value),
            options,
            cancellation);
        return trained.Among(place);
    }

    /// <summary>Copies the kept samples where that is asked for; else says of those of an earlier choice what they are.</summary>
    private string? Copy(string[] paths, IReadOnlyList<ChosenClip> chosen, Action<string> log, CancellationToken cancellation)
    {
        var folder = Path.Combine(options.Output, ShardFolder);
        if (options.Copy)
        {
            ChosenShards.Write(folder, paths, chosen, cancellation);
            return folder;
        }

        if (Directory.Exists(folder))
        {
            log($"{folder}: holds the samples of an earlier choice, not of this one; --copy replaces them");
        }

        return null;
    }
}

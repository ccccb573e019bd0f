using System.Diagnostics;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Tools.VideoEngine.Blending;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Clips;
using PerceptionEncoder.Tools.VideoEngine.Output;
using PerceptionEncoder.Tools.VideoEngine.Prompts;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>
/// The video data engine [2.2, App. A.1]. Clips go through the stages, several at the same time and no more: read, frames described, clip
/// described, summed up, and at the end written. Every answer is recorded when it comes, so that a run that was stopped or killed goes on
/// where it was.
/// </summary>
public sealed class VideoEngineRun
{
    private static readonly EngineStage[] Asking = [EngineStage.Frames, EngineStage.Clip, EngineStage.Summary];

    private readonly VideoEngineConfig config;
    private readonly Action<string> log;
    private readonly Lazy<IVideoReader> reader;
    private readonly Func<string, string?> environment;
    private readonly TimeSpan? firstPause;
    private readonly CaptionSources sources;

    /// <param name="config">What is captioned, by whom.</param>
    /// <param name="log">Takes lines about clips and shards that cannot be used, and the device.</param>
    public VideoEngineRun(VideoEngineConfig config, Action<string> log)
        : this(config, log, null, Environment.GetEnvironmentVariable, null)
    {
    }

    /// <summary>As the other, with what a test controls: decoder, environment, and the pause before a first retry.</summary>
    internal VideoEngineRun(
        VideoEngineConfig config,
        Action<string> log,
        IVideoReader? reader,
        Func<string, string?> environment,
        TimeSpan? firstPause)
    {
        ArgumentNullException.ThrowIfNull(config);
        (this.config, this.log, this.environment, this.firstPause) = (config, log, environment, firstPause);
        this.reader = new Lazy<IVideoReader>(
            () => reader ?? new FFmpegVideoReader(new VideoReaderOptions { Isolated = config.IsolateDecoder }));
        sources = new CaptionSources(
            config.Captioners.Frames is not null,
            config.Captioners.Clip is not null,
            config.Captioners.Summary is not null);
    }

    /// <summary>What is left to do and what it will take; nothing is asked or changed.</summary>
    /// <param name="only">One stage; null for all.</param>
    /// <param name="redo">As of <see cref="Run"/>: what would be dropped counts as not there.</param>
    /// <param name="cancellation">Stops the listing of clips.</param>
    /// <exception cref="UserErrorException">Clips or prompts are not there, or <see cref="Run"/> would refuse this config.</exception>
    public EnginePlan Plan(EngineStage? only = null, bool redo = false, CancellationToken cancellation = default)
    {
        var prompts = Prompts();
        var source = Open(cancellation);
        using var state = EngineState.Look(config.Folder);
        var dropped = state is null ? [] : Deciding(Selected(only), prompts)
            .Where(made => state.Differs(made.Stage, made.Config, made.Prompts, redo)).Select(made => made.Stage).ToHashSet();
        return EnginePlan.Of(config, Selected(only), source.Entries.Count, state, dropped, stage => prompts[stage].Text.Length);
    }

    /// <summary>Runs all stages, or one alone, until nothing more can be done now.</summary>
    /// <param name="only">One stage; null for all.</param>
    /// <param name="redo">Drops what a stage made by another config or prompt, in place of refusing.</param>
    /// <param name="show">Told of each clip; null for nobody.</param>
    /// <param name="cancellation">Stops; at most the calls under way are made again.</param>
    /// <exception cref="UserErrorException">Nothing can be done: what stops it, in one line.</exception>
    public EngineSummary Run(
        EngineStage? only = null,
        bool redo = false,
        Action<EngineProgress>? show = null,
        CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var prompts = Prompts();
        var check = new AnswerCheck(config.Answers, config.Answers.Vocabulary is { } path ? ClipTokenizer.Load(path) : null);
        var source = Open(cancellation);
        using var state = EngineState.Open(config.Folder);
        using var captioners = new Captioners(config.Precision, config.Compute, environment, log, firstPause);
        AskedStage[] stages =
        [
            .. Selected(only).Where(sources.Has).Select(stage => new AskedStage(
                stage,
                captioners.Open(AskedStage.PlaceOf(stage), config.Asked(stage)!),
                config.Asked(stage)!,
                prompts[stage])),
        ];

        // Not before every captioner is there: what is dropped costs money to make anew.
        foreach (var made in Deciding(Selected(only), prompts))
        {
            state.Settle(made.Stage, made.Config, made.Prompts, redo);
        }

        var stop = new RunStop();
        if (stages.Length > 0)
        {
            var account = new EngineAccount(source.Entries.Count, state.Totals(), config.Budget, show);
            var questions = new QuestionWork(state, check, account, stop);
            var work = new ClipWork(
                config,
                stages,
                sources,
                state,
                new ClipFrames(reader, config.Frames.ShortSide),
                questions,
                account);
            AskAsync(source, work, account, stop, config.ClipsAtOnce, cancellation).GetAwaiter().GetResult();
        }

        if ((only is null or EngineStage.Write) && (stop.Reason is null || !redo))
        {
            new EngineShards(config.Shards, Path.Combine(config.Folder, "shards"), state, sources, reader).Write(source, cancellation);
        }

        return Summary(source, state, clock.Elapsed.TotalSeconds, stop.Reason);
    }

    private static EngineStage[] Selected(EngineStage? only) => only is { } one ? [one] : Enum.GetValues<EngineStage>();

    private static async Task AskAsync(
        ClipSource source,
        ClipWork work,
        EngineAccount account,
        RunStop stop,
        int clipsAtOnce,
        CancellationToken cancellation)
    {
        var clips = source.Read(IsOpen).TakeWhile(_ => stop.Reason is null);
        await Parallel.ForEachAsync(
            clips,
            new ParallelOptions { MaxDegreeOfParallelism = clipsAtOnce, CancellationToken = cancellation },
            async (clip, cancelled) =>
            {
                try
                {
                    await work.RunAsync(clip, cancelled).ConfigureAwait(false);
                }
                catch (UserErrorException failure)
                {
                    stop.Because(failure);
                }

                account.Finish();
            }).ConfigureAwait(false);

        bool IsOpen(ClipEntry entry)
        {
            if (work.IsOpen(entry))
            {
                return true;
            }

            account.Pass();
            return false;
        }
    }

    private ClipSource Open(CancellationToken cancellation)
    {
        var source = ClipSource.Open(config.Clips, cancellation);
        source.Faults.Found += Say;
        foreach (var (reason, count) in source.Faults.FaultsByReason)
        {
            log($"clips.path: {reason}: {count}");
        }

        return source;
    }

    private void Say(BadSample fault) => log($"{fault.Shard}{(fault.Key is null ? "" : $", sample {fault.Key}")}: {fault.Detail}");

    private Dictionary<EngineStage, PromptFile> Prompts() => Asking.Where(sources.Has).ToDictionary(
        stage => stage,
        stage => PromptFile.Read(
            Path.Combine(config.Prompts, stage == EngineStage.Frames ? "frame.txt" : $"{StageRecords.Name(stage)}.txt"),
            needsData: stage == EngineStage.Summary));

    /// <summary>What decides the answers of stages that are on: the config as YAML, and the versions of the prompts.</summary>
    private IEnumerable<(EngineStage Stage, string Config, string Prompts)> Deciding(
        EngineStage[] stages,
        Dictionary<EngineStage, PromptFile> prompts)
    {
        foreach (var stage in stages.Where(stage => stage == EngineStage.Write || sources.Has(stage)))
        {
            // Summary and shards are made of what the stages before them made.
            var made = stage is EngineStage.Frames or EngineStage.Clip ? [stage] : Asking.Where(prompts.ContainsKey);
            var versions = string.Join(", ", made.Select(of => $"{Path.GetFileName(prompts[of].Path)} {prompts[of].Hash}"));
            yield return (stage, ConfigYaml.Write(config.Deciding(stage, prompts.GetValueOrDefault(stage))), versions);
        }
    }

    private EngineSummary Summary(ClipSource source, EngineState state, double seconds, UserErrorException? stopped)
    {
        var totals = state.Totals();
        var failures = new FailuresLeft(sources, state);
        return new EngineSummary(
            config.Folder,
            source.Entries.Count,
            source.Entries.Count(entry => state.Load(entry.Key) is var known && known.IsOf(entry.Place) && sources.AreOver(known)),
            state.Written(),
            state.Shards().Count,
            totals.Calls,
            totals.InputTokens,
            totals.OutputTokens,
            totals.Cost,
            seconds,
            failures.ByReason(source.Entries.Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal)),
            state.GivenUp())
        {
            Stopped = stopped?.Message,
        };
    }
}

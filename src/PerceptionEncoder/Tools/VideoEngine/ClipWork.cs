using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tools.VideoEngine.Blending;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Clips;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>Takes a clip through the stages that ask: its frames all at once, then the clip, then the summary of both.</summary>
/// <param name="config">Frames.</param>
/// <param name="stages">Those that run now, in order.</param>
/// <param name="sources">Those that are on.</param>
/// <param name="state">What there is.</param>
/// <param name="frames">Reads clips.</param>
/// <param name="questions">Asks.</param>
/// <param name="account">Counts clips that cannot be used.</param>
internal sealed class ClipWork(
    VideoEngineConfig config,
    IReadOnlyList<AskedStage> stages,
    CaptionSources sources,
    EngineState state,
    ClipFrames frames,
    QuestionWork questions,
    EngineAccount account)
{
    private const string NothingKnown = "nothing known";

    /// <summary>Whether a stage that runs now has something to ask of a clip, or it is not the one that its key stood for.</summary>
    public bool IsOpen(ClipEntry entry)
        => state.Load(entry.Key) is var known && (!known.IsOf(entry.Place) || stages.Any(asked => !known.IsOver(asked.Stage)));

    /// <summary>Asks what is open. A clip that cannot be used is left with its reason.</summary>
    /// <exception cref="UserErrorException">The state cannot be written.</exception>
    public async Task RunAsync(EngineClip clip, CancellationToken cancellation)
    {
        try
        {
            CheckedClip.Demand(clip, state);
        }
        catch (BadSampleException bad)
        {
            Fail(clip, stages.FirstOrDefault(asked => !state.Load(clip.Key).IsOver(asked.Stage)) ?? stages[0], bad);
            return;
        }

        foreach (var asked in stages.TakeWhile(_ => !questions.HasStopped))
        {
            var known = state.Load(clip.Key);
            if (known.IsOver(asked.Stage))
            {
                continue;
            }

            try
            {
                await (asked.Stage switch
                {
                    EngineStage.Frames => FramesAsync(asked, clip, known, cancellation),
                    EngineStage.Clip => ClipAsync(asked, clip, known, cancellation),
                    _ => SummaryAsync(asked, clip, known, cancellation),
                }).ConfigureAwait(false);
            }
            catch (BadSampleException bad)
            {
                Fail(clip, asked, bad);
                return;
            }
        }
    }

    private void Fail(EngineClip clip, AskedStage asked, BadSampleException bad)
    {
        state.SaveFailure(clip.Key, asked.Stage, EngineState.WholeClip, bad.Reason, bad.Message);
        account.Fail(bad.Reason);
    }

    private async Task FramesAsync(AskedStage asked, EngineClip clip, ClipState known, CancellationToken cancellation)
    {
        var (read, duration) = frames.Read(clip, config.Frames.Count, cancellation);
        var parts = known.Parts ?? [.. read.Select(frame => new FramePart(frame.Index, frame.Seconds))];
        if (parts.FirstOrDefault(part => read.All(frame => frame.Index != part.Index)) is not null)
        {
            throw new BadSampleException(CheckedClip.Changed, "its frames are others than in an earlier run; use another run.name");
        }

        state.SaveClip(asked.Stage, clip.Key, duration, parts);
        var text = asked.Prompt.With(QuestionData.Of(clip.Metadata), config.Answers.Words);
        await Task.WhenAll(parts.Index().Where(part => !known.IsSettled(asked.Stage, part.Index)).Select(part => questions.AskAsync(
            asked,
            clip.Key,
            part.Index,
            known,
            new CaptionQuestion(text, [read.First(frame => frame.Index == part.Item.Index).Picture]),
            cancellation))).ConfigureAwait(false);
    }

    private async Task ClipAsync(AskedStage asked, EngineClip clip, ClipState known, CancellationToken cancellation)
    {
        var (read, duration) = frames.Read(clip, config.Frames.OfClip, cancellation);
        state.SaveClip(asked.Stage, clip.Key, duration, null);
        var question = new CaptionQuestion(
            asked.Prompt.With(QuestionData.Of(clip.Metadata), config.Answers.Words),
            [.. read.Select(frame => frame.Picture)]);
        await questions.AskAsync(asked, clip.Key, 0, known, question, cancellation).ConfigureAwait(false);
    }

    private async Task SummaryAsync(AskedStage asked, EngineClip clip, ClipState known, CancellationToken cancellation)
    {
        if ((sources.Frames && !known.IsOver(EngineStage.Frames)) || (sources.Clip && !known.IsOver(EngineStage.Clip)))
        {
            return; // it is made when those are over
        }

        var data = QuestionData.Of(clip.Metadata, known, sources);
        if (data.Count == 0)
        {
            state.SaveFailure(clip.Key, asked.Stage, 0, NothingKnown, "neither metadata nor captions");
            account.Fail(NothingKnown);
            return;
        }

        var question = new CaptionQuestion(asked.Prompt.With(data, config.Answers.Words), []);
        await questions.AskAsync(asked, clip.Key, 0, known, question, cancellation).ConfigureAwait(false);
    }
}

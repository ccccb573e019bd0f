using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>What is left to do and what it will take, before anything is asked.</summary>
/// <param name="Folder">The run's.</param>
/// <param name="Clips">Clips of the source.</param>
/// <param name="Recorded">Answers that are there already.</param>
/// <param name="Stages">Those that ask.</param>
public sealed record EnginePlan(string Folder, long Clips, long Recorded, IReadOnlyList<PlannedStage> Stages)
{
    /// <summary>Seconds of a call where none was made yet.</summary>
    private const double GuessedSeconds = 3;

    /// <summary>Sides of a frame where none was seen yet, over its shorter side.</summary>
    private const double GuessedAspect = 16.0 / 9;

    private const int GuessedShortSide = 720;
    private const int CharactersOfData = 1200;
    private const double SecondsPerHour = 3600;

    /// <summary>All calls.</summary>
    public long Calls => Stages.Sum(stage => stage.Calls);

    /// <summary>All tokens.</summary>
    public long Tokens => Stages.Sum(stage => stage.InputTokens + stage.OutputTokens);

    /// <summary>The stages one after the other; less where they are at different places.</summary>
    public double Hours => Stages.Sum(stage => stage.Hours);

    /// <summary>All money.</summary>
    public double Cost => Stages.Sum(stage => stage.Cost);

    /// <summary>Makes it.</summary>
    /// <param name="config">The run.</param>
    /// <param name="stages">That are to run.</param>
    /// <param name="clips">Clips of the source.</param>
    /// <param name="state">What there is; null before the first run.</param>
    /// <param name="dropped">Stages that begin anew.</param>
    /// <param name="promptCharacters">Length of a stage's prompt.</param>
    internal static EnginePlan Of(
        VideoEngineConfig config,
        IReadOnlyList<EngineStage> stages,
        long clips,
        EngineState? state,
        IReadOnlySet<EngineStage> dropped,
        Func<EngineStage, int> promptCharacters)
        => new(
            config.Folder,
            clips,
            state?.Totals().Calls ?? 0,
            [.. stages.Where(stage => config.Asked(stage) is not null)
                .Select(stage => Stage(config, stage, clips, dropped.Contains(stage) ? null : state, promptCharacters(stage)))]);

    private static PlannedStage Stage(VideoEngineConfig config, EngineStage stage, long clips, EngineState? state, int promptCharacters)
    {
        var captioner = config.Asked(stage)!;
        var questions = clips * (stage == EngineStage.Frames ? config.Frames.Count : 1);
        var calls = Math.Max(0, questions - (state?.Settled(stage) ?? 0));
        var made = state?.Totals(stage) is { Calls: > 0 } totals ? totals : null;
        var pictures = stage switch { EngineStage.Frames => 1, EngineStage.Clip => config.Frames.OfClip, _ => 0 };
        var shortSide = config.Frames.ShortSide ?? GuessedShortSide;
        var data = stage == EngineStage.Summary ? CharactersOfData : 0;
        var input = made is null
            ? TokenEstimate.OfText(promptCharacters + data)
                + (pictures * TokenEstimate.OfPicture((int)(shortSide * GuessedAspect), shortSide))
            : (double)made.InputTokens / made.Calls;
        var output = made is null ? TokenEstimate.Answer : (double)made.OutputTokens / made.Calls;
        var seconds = made is null ? GuessedSeconds : made.Seconds / made.Calls;
        var atOnce = captioner.Type == CaptionerType.Plm
            ? 1
            : Math.Min(captioner.CallsAtOnce, config.ClipsAtOnce * (stage == EngineStage.Frames ? config.Frames.Count : 1));
        var hours = Math.Max(calls * seconds / atOnce, captioner.CallsPerMinute is { } rate ? 60 * calls / rate : 0) / SecondsPerHour;
        return new PlannedStage(
            stage,
            captioner.Name,
            calls,
            (long)Math.Round(calls * input),
            (long)Math.Round(calls * output),
            hours,
            captioner.Cost(calls * input, calls * output),
            made is not null);
    }
}

namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>How far a clip is.</summary>
/// <param name="Place">Where it was; null before it was read.</param>
/// <param name="Parts">Its frames that are described; null before it was read.</param>
/// <param name="Duration">Seconds; null where unknown.</param>
/// <param name="Answers">All that came.</param>
internal sealed record ClipState(
    string? Place,
    IReadOnlyList<FramePart>? Parts,
    double? Duration,
    IReadOnlyList<RecordedAnswer> Answers)
{
    /// <summary>How often a question is asked before it is given up.</summary>
    public const int MostAttempts = 2;

    /// <summary>Whether it is known of a clip at a place, or of none yet.</summary>
    public bool IsOf(string place) => Place is null || Place == place;

    /// <summary>The answers to one question in order.</summary>
    public IReadOnlyList<RecordedAnswer> To(EngineStage stage, int part = 0)
        => [.. Answers.Where(answer => answer.Stage == stage && answer.Part == part)];

    /// <summary>The answer of use to one question; null where there is none.</summary>
    public RecordedAnswer? Good(EngineStage stage, int part = 0) => To(stage, part).FirstOrDefault(answer => answer.Reason is null);

    /// <summary>Whether nothing more is asked: answered, or given up.</summary>
    public bool IsSettled(EngineStage stage, int part = 0)
        => To(stage, part) is var answers && (answers.Count >= MostAttempts || answers.Any(answer => answer.Reason is null));

    /// <summary>Whether a stage is over for this clip, all its frames included.</summary>
    public bool IsOver(EngineStage stage)
        => stage == EngineStage.Frames
            ? Parts is not null && Enumerable.Range(0, Parts.Count).All(part => IsSettled(stage, part))
            : IsSettled(stage);
}

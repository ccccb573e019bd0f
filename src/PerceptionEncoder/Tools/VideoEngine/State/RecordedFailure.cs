namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>Why a question got no answer, or a clip could not be used.</summary>
/// <param name="Key">Of the clip.</param>
/// <param name="Stage">That failed.</param>
/// <param name="Part">Frame among those of the clip; 0 in the other stages; <see cref="EngineState.WholeClip"/> of no question.</param>
/// <param name="Reason">A short fixed phrase.</param>
internal sealed record RecordedFailure(string Key, EngineStage Stage, int Part, string Reason);

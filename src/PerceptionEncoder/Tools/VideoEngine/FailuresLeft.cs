using PerceptionEncoder.Tools.VideoEngine.Blending;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>Failures that a later command tries again; those that came right since, and those of what is no more asked, are over.</summary>
/// <param name="sources">Stages that are on.</param>
/// <param name="state">What there is.</param>
internal sealed class FailuresLeft(CaptionSources sources, EngineState state)
{
    /// <summary>How many there are of each reason.</summary>
    /// <param name="keys">Clips of the source.</param>
    public IReadOnlyDictionary<string, long> ByReason(IReadOnlySet<string> keys) => new SortedDictionary<string, long>(
        state.Failures().Where(failure => keys.Contains(failure.Key) && IsLeft(failure))
            .GroupBy(failure => failure.Reason)
            .ToDictionary(group => group.Key, group => group.LongCount()),
        StringComparer.Ordinal);

    private bool IsLeft(RecordedFailure failure)
    {
        if (failure.Reason == CheckedClip.Changed)
        {
            return true; // forgotten as soon as the clip is what it was
        }

        var known = state.Load(failure.Key);
        return failure.Stage == EngineStage.Write ? sources.AreOver(known)
            : sources.Has(failure.Stage)
                && !(failure.Part == EngineState.WholeClip ? known.IsOver(failure.Stage) : known.IsSettled(failure.Stage, failure.Part));
    }
}

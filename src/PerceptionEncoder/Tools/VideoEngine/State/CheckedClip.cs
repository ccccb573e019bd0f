using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tools.VideoEngine.Clips;

namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>Whether a clip is the one that the answers under its key are about.</summary>
internal static class CheckedClip
{
    /// <summary>Reason of a clip that is another.</summary>
    public const string Changed = "clip was changed";

    /// <exception cref="BadSampleException">It is another, or cannot be used.</exception>
    public static void Demand(EngineClip clip, EngineState state)
    {
        if (!state.Identify(clip.Key, clip.Place, clip.Content(), Changed))
        {
            throw new BadSampleException(Changed, "its bytes or its place are others than in an earlier run; use another run.name");
        }
    }
}

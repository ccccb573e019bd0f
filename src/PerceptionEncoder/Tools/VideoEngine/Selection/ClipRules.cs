using static System.FormattableString;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>What drops a clip whatever the others are.</summary>
/// <param name="options">The limits.</param>
internal sealed class ClipRules(SelectionOptions options)
{
    /// <summary>Reason and detail of the first rule that it breaks; null where it keeps all.</summary>
    public (string Reason, string Detail)? Broken(MeasuredClip clip)
    {
        if (clip.Problem is { } problem || clip.Frames is null)
        {
            return ("unreadable", clip.Problem ?? "not measured");
        }

        var frames = clip.Frames;
        return clip.Seconds > 0 && clip.Seconds < options.LeastSeconds ? ("too short", Invariant($"{clip.Seconds:0.##} s"))
            : clip.Seconds > options.MostSeconds ? ("too long", Invariant($"{clip.Seconds:0.##} s"))
            : frames.Black > options.MostBlack ? ("black", Invariant($"{100 * frames.Black:0}% of its frames"))
            : frames.Still > options.MostStill ? ("still", Invariant($"{100 * frames.Still:0}% of its steps"))
            : frames.Cuts > options.MostCuts ? ("cuts", Invariant($"{frames.Cuts} cuts"))
            : null;
    }
}

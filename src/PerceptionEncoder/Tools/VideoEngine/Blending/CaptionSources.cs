using System.Text.Json.Nodes;
using PerceptionEncoder.Tools.VideoEngine.Clips;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine.Blending;

/// <summary>Which stages ask something, and what of it becomes a clip's caption.</summary>
/// <param name="Frames">Single frames are described.</param>
/// <param name="Clip">The whole clip is described.</param>
/// <param name="Summary">All is summed up.</param>
internal sealed record CaptionSources(bool Frames, bool Clip, bool Summary)
{
    /// <summary>Whether a stage asks something.</summary>
    public bool Has(EngineStage stage) => stage switch
    {
        EngineStage.Frames => Frames,
        EngineStage.Clip => Clip,
        EngineStage.Summary => Summary,
        _ => false,
    };

    /// <summary>Whether no stage has anything more to ask of a clip.</summary>
    public bool AreOver(ClipState state) => Enum.GetValues<EngineStage>().All(stage => !Has(stage) || state.IsOver(stage));

    /// <summary>
    /// The final caption: the summary, else the clip's, else title and description, else those of the frames. Null where what should have
    /// made it was given up.
    /// </summary>
    public string? Caption(ClipState state, ClipMetadata metadata)
    {
        if (Summary || Clip)
        {
            return state.Good(Summary ? EngineStage.Summary : EngineStage.Clip)?.Text;
        }

        // Cleaned and cut as where a summariser is told of it: strangers wrote it.
        var data = QuestionData.Of(metadata);
        var known = string.Join(". ", new[] { data["title"], data["description"] }.OfType<JsonNode>()
            .Select(text => text.GetValue<string>().TrimEnd('.')));
        var seen = string.Join(' ', FrameCaptions(state).Select(frame => frame.Text));
        return known.Length > 0 ? known : seen.Length > 0 ? seen : null;
    }

    /// <summary>Captions of the frames that have one, in the order of time.</summary>
    public static IEnumerable<(FramePart Frame, string Text)> FrameCaptions(ClipState state)
        => (state.Parts ?? []).Index()
            .Select(part => (Frame: part.Item, Answer: state.Good(EngineStage.Frames, part.Index)))
            .Where(frame => frame.Answer is not null)
            .Select(frame => (frame.Frame, frame.Answer!.Text));
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>What becomes of a clip: a line of <c>selection.jsonl</c>.</summary>
/// <param name="Clip">The clip.</param>
/// <param name="IsKept">Whether it is captioned.</param>
/// <param name="Reason">A short fixed phrase, so that reasons can be counted.</param>
/// <param name="Detail">What is particular to it; may be empty.</param>
internal sealed record ChosenClip(MeasuredClip Clip, bool IsKept, string Reason, string Detail)
{
    /// <summary>Its kind, where it came so far.</summary>
    public int? Cluster { get; init; }

    /// <summary>Among those of its kind, from 1.</summary>
    public int? Rank { get; init; }

    /// <summary>By which it was ranked.</summary>
    public double? Score { get; init; }

    /// <summary>The clip that stays in its place.</summary>
    public string? DuplicateOf { get; init; }

    public string ToJson() => new JsonObject
    {
        ["key"] = Clip.Key,
        ["source"] = Clip.Source,
        ["keep"] = IsKept,
        ["reason"] = Reason,
        ["detail"] = Detail,
        ["duplicate_of"] = DuplicateOf,
        ["cluster"] = Cluster,
        ["rank"] = Rank,
        ["score"] = Score is { } score ? Math.Round(score, 6) : null,
        ["duration"] = Clip.Seconds,
        ["scores"] = Scores(),
    }.ToJsonString(JsonSerializerOptions.Default);

    /// <summary>What was measured and answered, by name; null where nothing was.</summary>
    public JsonObject? Scores()
    {
        if (Clip.Frames is not { } frames)
        {
            return null;
        }

        var scores = new JsonObject
        {
            ["motion"] = Clip.Motion,
            ["motion_variance"] = Clip.MotionVariance,
            ["difference"] = frames.Difference,
            ["cuts"] = frames.Cuts,
            ["black"] = frames.Black,
            ["still"] = frames.Still,
            ["brightness"] = frames.Brightness,
        };
        foreach (var answer in Clip.Answers)
        {
            scores[answer.Score] = answer.Number;
        }

        return scores;
    }
}

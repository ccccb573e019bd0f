using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Tools.VideoEngine.Blending;
using PerceptionEncoder.Tools.VideoEngine.Clips;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine.Output;

/// <summary>The JSON beside a clip.</summary>
internal static class SampleJson
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly EngineStage[] Asking = [EngineStage.Frames, EngineStage.Clip, EngineStage.Summary];

    /// <summary>UTF-8 bytes of it.</summary>
    /// <param name="layout">What is in it.</param>
    /// <param name="clip">The clip.</param>
    /// <param name="state">All answers.</param>
    /// <param name="caption">The final one.</param>
    public static byte[] Of(ShardLayout layout, EngineClip clip, ClipState state, string caption)
        => JsonSerializer.SerializeToUtf8Bytes(layout == ShardLayout.Pvd ? Pvd(clip, caption) : Engine(clip, state, caption), Layout);

    private static JsonObject Pvd(EngineClip clip, string caption) => WithoutNulls(new JsonObject
    {
        ["human_caption"] = clip.Metadata.HumanCaption,
        ["model_caption"] = caption,
        ["category"] = clip.Metadata.Category,
        ["title"] = clip.Metadata.Title,
        ["description"] = clip.Metadata.Description,
    });

    private static JsonObject Engine(EngineClip clip, ClipState state, string caption) => WithoutNulls(new JsonObject
    {
        ["caption"] = caption,
        ["model_caption"] = state.Good(EngineStage.Clip)?.Text,
        ["frame_captions"] = new JsonArray([.. CaptionSources.FrameCaptions(state).Select(frame => WithoutNulls(new JsonObject
        {
            ["index"] = frame.Frame.Index,
            ["seconds"] = frame.Frame.Seconds,
            ["caption"] = frame.Text,
        }))]),
        ["human_caption"] = clip.Metadata.HumanCaption,
        ["title"] = clip.Metadata.Title,
        ["description"] = clip.Metadata.Description,
        ["category"] = clip.Metadata.Category,
        ["models"] = ByStage(state, answer => answer.Model),
        ["prompts"] = ByStage(state, answer => answer.Prompt),
        ["scores"] = new JsonObject(clip.Metadata.Scores.Select(score => KeyValuePair.Create(score.Key, (JsonNode?)score.Value))),
        ["source"] = clip.Source,
        ["duration"] = state.Duration,
    });

    private static JsonObject ByStage(ClipState state, Func<RecordedAnswer, string> value)
    {
        var map = new JsonObject();
        foreach (var stage in Asking)
        {
            if (state.Answers.FirstOrDefault(answer => answer.Stage == stage && answer.Reason is null) is { } answer)
            {
                map[StageRecords.Name(stage)] = value(answer);
            }
        }

        return map;
    }

    private static JsonObject WithoutNulls(JsonObject map)
    {
        foreach (var name in map.Where(field => field.Value is null).Select(field => field.Key).ToArray())
        {
            map.Remove(name);
        }

        return map;
    }
}

using System.Text.Json.Nodes;
using PerceptionEncoder.Tools.VideoEngine.Clips;
using PerceptionEncoder.Tools.VideoEngine.Prompts;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine.Blending;

/// <summary>What is quoted in a question: cleaned and cut, as strangers wrote it.</summary>
internal static class QuestionData
{
    private const int LongestTitle = 300;
    private const int LongestDescription = 2000;
    private const int LongestCategory = 100;

    /// <summary>Of the metadata alone.</summary>
    public static JsonObject Of(ClipMetadata metadata)
    {
        var data = new JsonObject();
        Add("title", metadata.Title, LongestTitle);
        Add("description", metadata.Description, LongestDescription);
        Add("category", metadata.Category, LongestCategory);
        return data;

        void Add(string name, string? text, int longest)
        {
            if (text is not null && QuotedText.Clean(text, longest) is { Length: > 0 } clean)
            {
                data[name] = clean;
            }
        }
    }

    /// <summary>With what captioners said; what a switched-off stage said before is left out.</summary>
    public static JsonObject Of(ClipMetadata metadata, ClipState state, CaptionSources sources)
    {
        var data = Of(metadata);
        if (sources.Clip && state.Good(EngineStage.Clip) is { } clip)
        {
            data["clip_caption"] = clip.Text;
        }

        if (sources.Frames && CaptionSources.FrameCaptions(state).Select(frame => frame.Text).ToArray() is { Length: > 0 } frames)
        {
            data["frame_captions"] = new JsonArray([.. frames.Select(text => JsonValue.Create(text))]);
        }

        return data;
    }
}

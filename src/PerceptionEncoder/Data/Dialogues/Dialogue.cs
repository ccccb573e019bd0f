using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Data.Dialogues;

/// <summary>Questions and answers about pictures, a clip or nothing.</summary>
/// <param name="Turns">Humans and assistant in turn.</param>
/// <param name="Media">Kind of <paramref name="Files"/>.</param>
/// <param name="Files">
/// Names of pictures, or of one clip, as written; empty where a picture belongs to the sample without being named.
/// </param>
public sealed record Dialogue(IReadOnlyList<DialogueTurn> Turns, DialogueMedia Media, IReadOnlyList<string> Files)
{
    /// <summary>Reason of JSON that is no dialogue.</summary>
    public const string NoDialogue = "no dialogue";

    /// <summary>Reason of a turn that is neither a human's nor the assistant's.</summary>
    public const string UnknownRole = "unknown role";

    /// <summary>Reason of two turns of one side without the other between them.</summary>
    public const string TurnsInARow = "two turns in a row";

    /// <summary>Reason of a dialogue in which nobody answers.</summary>
    public const string NoAnswer = "no answer";

    /// <summary>Reason of a part of a clip that is none.</summary>
    public const string WrongPart = "wrong start or end";

    /// <summary>Stands for a picture in a question.</summary>
    public const string ImageTag = "<image>";

    private const string ConversationsField = "conversations";
    private const double LongestSeconds = 1e9;

    /// <summary>Of a clip; null for the whole.</summary>
    internal ClipPart? Part { get; init; }

    /// <summary>Names an empty list of pictures: nothing is shown, whatever lies beside it.</summary>
    internal bool ShowsNothing { get; init; }

    /// <summary>
    /// Reads <c>{"image" | "images" | "video": …, "conversations": [{"from": "human", "value": …}, {"from": "assistant", …}]}</c>;
    /// <c>start</c> and <c>end</c> bound a clip; boxes of <c>boxes_xywh</c>, with <c>width</c> and <c>height</c>, take the place of
    /// <c>&lt;|bbox0|></c> and its like.
    /// </summary>
    /// <returns>Null where there is no <c>conversations</c>.</returns>
    /// <exception cref="BadSampleException">It is no dialogue that can be learned from.</exception>
    internal static Dialogue? Parse(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new BadSampleException(NoDialogue, $"the JSON is of kind {root.ValueKind}, not an object");
        }

        if (!root.TryGetProperty(ConversationsField, out var conversations))
        {
            return null;
        }

        if (conversations.ValueKind != JsonValueKind.Array || conversations.GetArrayLength() == 0)
        {
            throw new BadSampleException(NoDialogue, $"\"{ConversationsField}\" is no list of turns");
        }

        var boxes = BoxText.Of(root);
        DialogueTurn[] turns = [.. conversations.EnumerateArray().Select((turn, index) => Turn(turn, index, boxes))];
        Check(turns);
        var (media, files, isEmpty) = FilesOf(root);
        return new Dialogue(turns, media, files)
        {
            Part = media is DialogueMedia.Video or DialogueMedia.Text ? PartOf(root) : null,
            ShowsNothing = isEmpty,
        };
    }

    /// <summary>How often a picture is named in the questions.</summary>
    internal static int TagsOf(IReadOnlyList<DialogueTurn> turns)
        => turns.Where(turn => turn.Role == DialogueRole.Human)
            .Sum(turn => (turn.Text.Length - turn.Text.Replace(ImageTag, string.Empty, StringComparison.Ordinal).Length) / ImageTag.Length);

    /// <exception cref="BadSampleException">One side speaks twice in a row, or nobody answers.</exception>
    internal static void Check(IReadOnlyList<DialogueTurn> turns)
    {
        for (var i = 1; i < turns.Count; i++)
        {
            if (turns[i].Role == turns[i - 1].Role)
            {
                throw new BadSampleException(TurnsInARow, $"turns {i} and {i + 1} are both {NameOf(turns[i].Role)}'s");
            }
        }

        if (turns.Count < 2 || (turns.Count == 2 && turns[1].Role == DialogueRole.Human))
        {
            throw new BadSampleException(NoAnswer, $"its {turns.Count} turns hold no question with its answer");
        }
    }

    /// <summary>The role's name in the published form.</summary>
    internal static string NameOf(DialogueRole role) => role == DialogueRole.Human ? "human" : "assistant";

    private static DialogueTurn Turn(JsonElement turn, int index, BoxText? boxes)
    {
        if (turn.ValueKind != JsonValueKind.Object
            || !turn.TryGetProperty("from", out var from) || from.ValueKind != JsonValueKind.String
            || !turn.TryGetProperty("value", out var value) || value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
        {
            throw new BadSampleException(NoDialogue, $"turn {index + 1} is no object with \"from\" and a \"value\" of text");
        }

        var role = from.GetString() switch
        {
            "human" => DialogueRole.Human,
            "assistant" => DialogueRole.Assistant,
            var other => throw new BadSampleException(
                UnknownRole,
                $"turn {index + 1} is from \"{ShownText.Of(other!)}\"; known are human and assistant"),
        };
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return new DialogueTurn(role, boxes?.Fill(text) ?? text);
    }

    private static (DialogueMedia Media, IReadOnlyList<string> Files, bool IsEmpty) FilesOf(JsonElement root)
    {
        (string Field, DialogueMedia Media)[] kinds =
            [("image", DialogueMedia.Image), ("images", DialogueMedia.Images), ("video", DialogueMedia.Video)];
        var isEmpty = false;
        foreach (var (field, media) in kinds)
        {
            if (!root.TryGetProperty(field, out var named) || named.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            if (named.ValueKind == JsonValueKind.String)
            {
                return (media, [named.GetString()!], false);
            }

            if (named.ValueKind != JsonValueKind.Array || media == DialogueMedia.Video
                || named.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String))
            {
                throw new BadSampleException(NoDialogue, $"\"{field}\" is neither a file name nor a list of some");
            }

            if (named.GetArrayLength() > 0)
            {
                return (DialogueMedia.Images, [.. named.EnumerateArray().Select(name => name.GetString()!)], false);
            }

            isEmpty = true;
        }

        return (DialogueMedia.Text, [], isEmpty);
    }

    /// <exception cref="BadSampleException">It is no part of any clip.</exception>
    private static ClipPart? PartOf(JsonElement root)
    {
        var (start, end) = (Seconds(root, "start"), Seconds(root, "end"));
        return start is null && end is null ? null
            : end is { } last && last <= (start ?? 0)
                ? throw new BadSampleException(
                    WrongPart,
                    string.Create(CultureInfo.InvariantCulture, $"\"end\" ({last}) is not after the start ({start ?? 0})"))
            : new ClipPart(TimeSpan.FromSeconds(start ?? 0), end is { } bound ? TimeSpan.FromSeconds(bound) : TimeSpan.MaxValue);
    }

    private static double? Seconds(JsonElement root, string field)
    {
        if (!root.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0 and <= LongestSeconds
            ? seconds
            : throw new BadSampleException(
                WrongPart,
                $"\"{field}\" is {(value.ValueKind == JsonValueKind.Number ? "below 0 or too large" : UserJson.Describe(value))}, "
                + "not a number of seconds from the clip's first frame");
    }
}

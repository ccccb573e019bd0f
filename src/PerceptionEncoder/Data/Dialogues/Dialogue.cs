using System.Text.Json;
using PerceptionEncoder.Data.Shards;

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

    /// <summary>Stands for a picture in a question.</summary>
    public const string ImageTag = "<image>";

    private const string ConversationsField = "conversations";

    /// <summary>
    /// Reads <c>{"image" | "images" | "video": …, "conversations": [{"from": "human", "value": …}, {"from": "assistant", …}]}</c>;
    /// boxes of <c>boxes_xywh</c>, with <c>width</c> and <c>height</c>, take the place of <c>&lt;|bbox0|></c> and its like.
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
        var (media, files) = FilesOf(root);
        return new Dialogue(turns, media, files);
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
            var other => throw new BadSampleException(UnknownRole, $"turn {index + 1} is from \"{other}\"; known are human and assistant"),
        };
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return new DialogueTurn(role, boxes?.Fill(text) ?? text);
    }

    private static (DialogueMedia Media, IReadOnlyList<string> Files) FilesOf(JsonElement root)
    {
        (string Field, DialogueMedia Media)[] kinds =
            [("image", DialogueMedia.Image), ("images", DialogueMedia.Images), ("video", DialogueMedia.Video)];
        foreach (var (field, media) in kinds)
        {
            if (root.TryGetProperty(field, out var named) && named.ValueKind != JsonValueKind.Null)
            {
                return named.ValueKind == JsonValueKind.String ? (media, [named.GetString()!])
                    : named.ValueKind == JsonValueKind.Array && media != DialogueMedia.Video && named.GetArrayLength() > 0
                        && named.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
                        ? (DialogueMedia.Images, [.. named.EnumerateArray().Select(name => name.GetString()!)])
                    : throw new BadSampleException(NoDialogue, $"\"{field}\" is neither a file name nor a list of some");
            }
        }

        return (DialogueMedia.Text, []);
    }
}

using System.Text.Json;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

/// <summary>Reads published lists of questions and says where one is not as it should be.</summary>
internal static class QuestionLists
{
    /// <summary>Reads a JSON file whole.</summary>
    /// <exception cref="UserErrorException">It is no JSON.</exception>
    public static JsonElement Json(QuestionFiles files, string name) => Parse(files.Shown(name), Text(files, name));

    /// <summary>The objects of a file, with the place of each: those of a JSON list, or one a line.</summary>
    /// <exception cref="UserErrorException">It is neither.</exception>
    public static IEnumerable<(string Place, JsonElement Value)> Objects(QuestionFiles files, string name)
        => Objects(files.Shown(name), Text(files, name));

    /// <summary>As <see cref="Objects(QuestionFiles, string)"/>, of a file by itself.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or is neither.</exception>
    public static IEnumerable<(string Place, JsonElement Value)> Objects(string path) => Objects(path, UserText.Read(path));

    private static IEnumerable<(string Place, JsonElement Value)> Objects(string shown, string text)
    {
        if (text.AsSpan().TrimStart().StartsWith("["))
        {
            foreach (var (index, value) in Parse(shown, text).EnumerateArray().Index())
            {
                yield return ($"{shown}: entry {index + 1}", value);
            }

            yield break;
        }

        foreach (var (index, line) in text.Split('\n').Index().Where(line => !string.IsNullOrWhiteSpace(line.Item)))
        {
            var place = $"{shown}:{index + 1}";
            var value = Parse(place, line);
            yield return value.ValueKind == JsonValueKind.Object
                ? (place, value)
                : throw new UserErrorException($"{place}: is {UserJson.Describe(value)}, and an object is needed, one a line.");
        }
    }

    /// <summary>The text of a file.</summary>
    /// <exception cref="UserErrorException">It is no text.</exception>
    public static string Text(QuestionFiles files, string name)
    {
        try
        {
            return UserText.Decode(files.Read(name));
        }
        catch (TextEncodingException damage)
        {
            throw new UserErrorException($"{files.Shown(name)}: {damage.Message}", damage);
        }
    }

    /// <summary>A value as text: a text as it is, a number as it is written; null where there is none.</summary>
    public static string? Text(this JsonElement value, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(key, out var found)
                && found.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
            {
                return TextOf(found);
            }
        }

        return null;
    }

    /// <summary>As <see cref="Text(JsonElement, ReadOnlySpan{string})"/>; it must be there.</summary>
    /// <exception cref="UserErrorException">It is not.</exception>
    public static string Needed(this JsonElement value, string place, params ReadOnlySpan<string> keys)
        => value.Text(keys) ?? throw new UserErrorException(
            $"{place}: has no {string.Join(" or ", keys.ToArray().Select(key => $"\"{key}\""))}. Compare with the set's published files.");

    /// <summary>Texts of a list, or the only one; empty where there are none.</summary>
    public static string[] Texts(this JsonElement value, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(key, out var found))
            {
                return found.ValueKind switch
                {
                    JsonValueKind.Array => [.. found.EnumerateArray().Select(item => item.Text("answer", "raw") ?? TextOf(item))],
                    JsonValueKind.Null => [],
                    _ => [TextOf(found)],
                };
            }
        }

        return [];
    }

    /// <summary>A list of objects; it must be there.</summary>
    /// <exception cref="UserErrorException">It is not.</exception>
    public static IEnumerable<(string Place, JsonElement Value)> Entries(this JsonElement value, string place, string key)
        => value.ValueKind == JsonValueKind.Object && value.TryGetProperty(key, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Index().Select(entry => ($"{place}: {key}[{entry.Index}]", entry.Item))
            : throw new UserErrorException($"{place}: has no list \"{key}\". Compare with the set's published files.");

    private static JsonElement Parse(string place, string text)
    {
        try
        {
            return UserJson.Parse(text).RootElement;
        }
        catch (JsonException damage)
        {
            throw new UserErrorException($"{place}: is no JSON ({damage.Message.ReplaceLineEndings(" ")}).", damage);
        }
    }

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}

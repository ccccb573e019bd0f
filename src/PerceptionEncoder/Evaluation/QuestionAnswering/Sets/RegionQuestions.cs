using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

/// <summary>
/// RefCOCO, RefCOCO+ and RefCOCOg: a description of something in a picture, whose box is the answer, <c>[left, top, right, bottom]</c> in
/// 0..1 of the picture.
/// </summary>
internal static class RegionQuestions
{
    private const long Budget = 1L << 31;

    /// <summary>As published: <c>refs(unc).p</c>, a pickle of descriptions, and <c>instances.json</c> with boxes and pictures.</summary>
    /// <param name="files">Of the set.</param>
    /// <param name="list">The pickle; nothing of it is executed.</param>
    /// <param name="split">Such as testA.</param>
    public static IEnumerable<VisualQuestion> Published(QuestionFiles files, string list, string split)
    {
        var folder = list.LastIndexOf('/') is > 0 and var end ? list[..(end + 1)] : "";
        var instances = $"{folder}instances.json";
        if (!files.Names.Contains(instances))
        {
            throw new UserErrorException(
                $"{files.Shown(list)}: there is no instances.json beside it, which holds the boxes. Copy it there.");
        }

        var root = QuestionLists.Json(files, instances);
        var boxes = Known(root, files.Shown(instances), "annotations");
        var pictures = Known(root, files.Shown(instances), "images");
        foreach (var reference in References(files, list).Where(reference => Text(reference, "split") == split))
        {
            var place = $"{files.Shown(list)}: ref_id {Text(reference, "ref_id")}";
            if (!boxes.TryGetValue(Text(reference, "ann_id"), out var annotation)
                || !pictures.TryGetValue(Text(reference, "image_id"), out var picture))
            {
                throw new UserErrorException($"{place}: its box or picture is not in {instances}.");
            }

            var name = picture.Needed(place, "file_name");
            foreach (var sentence in ((reference.Find("sentences") as List<object?>) ?? []).OfType<PickleDictionary>())
            {
                yield return new VisualQuestion
                {
                    Id = Text(sentence, "sent_id"),
                    Text = Text(sentence, "sent"),
                    Media = [files.Media(list, $"train2014/{name}", name)],
                    Answers = [Box(place, annotation, picture, isCorners: false)],
                };
            }
        }
    }

    /// <summary>One object a line: <c>image</c>, <c>sent</c>, <c>bbox</c> of corners in pixels, <c>width</c> and <c>height</c>.</summary>
    public static IEnumerable<VisualQuestion> Plain(QuestionFiles files, string list)
    {
        foreach (var (index, (place, entry)) in QuestionLists.Objects(files, list).Index())
        {
            yield return new VisualQuestion
            {
                Id = entry.Text("question_id", "id") ?? index.ToString(CultureInfo.InvariantCulture),
                Text = entry.Needed(place, "sent", "question"),
                Media = [files.Media(list, entry.Needed(place, "image"))],
                Answers = [Box(place, entry, entry, isCorners: true)],
            };
        }
    }

    private static Dictionary<string, JsonElement> Known(JsonElement root, string shown, string key)
    {
        var known = new Dictionary<string, JsonElement>();
        foreach (var (place, entry) in root.Entries(shown, key))
        {
            known[entry.Needed(place, "id")] = entry;
        }

        return known;
    }

    private static IEnumerable<PickleDictionary> References(QuestionFiles files, string list)
    {
        try
        {
            return ((new PickleReader(files.Read(list), Budget).Read() as List<object?>) ?? []).OfType<PickleDictionary>();
        }
        catch (Exception damage) when (damage is FormatException or NotSupportedException)
        {
            throw new UserErrorException($"{files.Shown(list)}: {damage.Message}", damage);
        }
    }

    private static string Text(PickleDictionary entry, string key)
        => Convert.ToString(entry.Find(key), CultureInfo.InvariantCulture) ?? "";

    private static string Box(string place, JsonElement entry, JsonElement picture, bool isCorners)
    {
        double[] box = entry.TryGetProperty("bbox", out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(value => value.ValueKind == JsonValueKind.Number).Select(value => value.GetDouble())]
            : [];
        var (width, height) = (Side("width"), Side("height"));
        if (box.Length != 4 || width <= 0 || height <= 0)
        {
            throw new UserErrorException($"{place}: needs a \"bbox\" of four numbers, and the picture's \"width\" and \"height\".");
        }

        var (right, bottom) = isCorners ? (box[2], box[3]) : (box[0] + box[2], box[1] + box[3]);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"[{box[0] / width:0.################}, {box[1] / height:0.################}, "
            + $"{right / width:0.################}, {bottom / height:0.################}]");

        double Side(string key)
            => picture.TryGetProperty(key, out var side) && side.ValueKind == JsonValueKind.Number ? side.GetDouble() : 0;
    }
}

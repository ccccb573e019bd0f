using System.Text.Json;

namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>Annotated pictures in COCO's format: <c>images</c>, <c>categories</c>, <c>annotations</c>.</summary>
internal static class CocoTruth
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">Such as <c>instances_val2017.json</c>.</param>
    /// <param name="kind">What is needed of each annotation.</param>
    /// <exception cref="UserErrorException">It cannot be read or is no such file; says where.</exception>
    public static ObjectSet Read(string path, DetectionKind kind)
    {
        var root = CocoEntry.Parse(path);
        var images = new Dictionary<long, (int Height, int Width)?>();
        foreach (var image in List(path, root, "images"))
        {
            images[image.Whole("id")] = kind == DetectionKind.Segm ? (Side(image, "height"), Side(image, "width")) : null;
        }

        var categories = new SortedDictionary<long, ObjectCategory>();
        foreach (var category in List(path, root, "categories"))
        {
            categories[category.Whole("id")] = new ObjectCategory(category.Whole("id"), category.Text("name"));
        }

        var objects = new List<TrueObject>();
        foreach (var entry in List(path, root, "annotations"))
        {
            var (image, category) = (entry.Whole("image_id"), entry.Whole("category_id"));
            if (!images.TryGetValue(image, out var size) || !categories.ContainsKey(category))
            {
                throw new UserErrorException($"{entry.Place}: its picture {image} or its category {category} is not in the file.");
            }

            objects.Add(new TrueObject(
                entry.Whole("id"),
                image,
                category,
                kind == DetectionKind.Bbox ? entry.Box() : default,
                kind == DetectionKind.Segm ? entry.Mask(size) : null,
                entry.Number("area"),
                entry.Flag("iscrowd")));
        }

        return new ObjectSet(images, [.. categories.Values], objects);
    }

    private static IEnumerable<CocoEntry> List(string path, JsonElement root, string key)
        => root.ValueKind == JsonValueKind.Object && root.TryGetProperty(key, out var list)
            ? CocoEntry.Each($"{path}: {key}", list)
            : throw new UserErrorException(
                $"{path}: has no {key}. Give annotations in COCO's format, such as instances_val2017.json: an object of images, categories "
                + "and annotations.");

    private static int Side(CocoEntry image, string key)
        => image.Whole(key) is >= 1 and <= 1 << 15 and var side ? (int)side : throw image.Needed(key, "a side of 1 to 32768 pixels");
}

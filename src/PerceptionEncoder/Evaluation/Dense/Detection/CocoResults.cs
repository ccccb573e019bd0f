using System.Text.Json;

namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>
/// Detections in COCO's format of results, a list of <c>image_id</c>, <c>category_id</c>, <c>score</c> and <c>bbox</c> or
/// <c>segmentation</c>.
/// </summary>
internal static class CocoResults
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">A list.</param>
    /// <param name="set">What the detections are of.</param>
    /// <param name="kind">What is needed of each.</param>
    /// <param name="log">Takes a line where some are left out.</param>
    /// <exception cref="UserErrorException">It cannot be read, is no such file, or is of other pictures; says where.</exception>
    public static IReadOnlyList<DetectedObject> Read(string path, ObjectSet set, DetectionKind kind, Action<string> log)
    {
        var root = CocoEntry.Parse(path);
        if (root.ValueKind != JsonValueKind.Array)
        {
            throw new UserErrorException(
                $"{path}: is {UserJson.Describe(root)}, and detections in COCO's format are a list of image_id, category_id, score and "
                + "bbox or segmentation.");
        }

        var known = set.Categories.Select(category => category.Id).ToHashSet();
        var (detections, others) = (new List<DetectedObject>(), 0);
        foreach (var entry in CocoEntry.Each($"{path}: detections", root))
        {
            var (image, category) = (entry.Whole("image_id"), entry.Whole("category_id"));
            if (!set.Images.TryGetValue(image, out var size))
            {
                throw new UserErrorException($"{entry.Place}.image_id: there is no picture {image} in --truth; give the annotations of "
                    + "the pictures that were searched.");
            }

            if (known.Contains(category))
            {
                detections.Add(Detection(entry, image, category, size, kind));
            }
            else
            {
                others++;
            }
        }

        if (others > 0)
        {
            log($"{path}: {others} detections are of categories that --truth does not have; they are left out");
        }

        return detections;
    }

    private static DetectedObject Detection(
        CocoEntry entry,
        long image,
        long category,
        (int Height, int Width)? size,
        DetectionKind kind)
    {
        if (kind == DetectionKind.Segm && !entry.Has("segmentation"))
        {
            throw entry.Needed("segmentation", "a mask (boxes are scored with --kind bbox)");
        }

        var mask = kind == DetectionKind.Segm || !entry.Has("bbox") ? entry.Mask(size) : null;
        return new DetectedObject(
            image,
            category,
            mask?.Box ?? entry.Box(),
            kind == DetectionKind.Segm ? mask : null,
            entry.Number("score"));
    }
}

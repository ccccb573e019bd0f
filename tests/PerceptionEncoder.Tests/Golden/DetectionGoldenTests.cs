using System.Text.Json;
using PerceptionEncoder.Evaluation.Dense.Detection;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Recorded from pycocotools.</summary>
public sealed class DetectionGoldenTests : IDisposable
{
    private const double Exact = 1e-9;

    private readonly string folder = Directory.CreateTempSubdirectory("pe-detection-").FullName;

    public static TheoryData<string> Cases { get; } = GoldenFolder.Cases("detection*.json");

    public static TheoryData<string> TensorCases { get; } = GoldenFolder.Cases("detection*.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Run_lengths_are_written_and_read_as_published(string name)
        => Assert.All(Open(name).GetProperty("rle").EnumerateArray(), item =>
        {
            var (height, width) = Size(item);
            var mask = RunLengthMask.OfText(height, width, item.GetProperty("string").GetString()!);
            Assert.Equal(item.GetProperty("string").GetString(), mask.ToText());
            Assert.Equal(item.GetProperty("area").GetInt64(), mask.Area);
            Assert.Equal(Box(Numbers(item.GetProperty("bbox"))), mask.Box);
            if (item.GetProperty("counts") is { ValueKind: JsonValueKind.Array } counts)
            {
                Assert.Equal(counts.EnumerateArray().Select(count => count.GetInt64()), mask.ToCounts());
                Assert.Equal(mask.ToText(), RunLengthMask.OfCounts(height, width, mask.ToCounts()).ToText());
            }
        });

    [SkippableTheory]
    [MemberData(nameof(TensorCases))]
    public void Run_lengths_stand_for_the_recorded_pixels(string name)
    {
        using var scope = NewDisposeScope();
        using var file = GoldenFolder.Open(name);
        var recorded = Open(Path.ChangeExtension(name, ".json")).GetProperty("rle");
        foreach (var key in file.Entries.Keys.Where(key => key.StartsWith("rle", StringComparison.Ordinal)))
        {
            var pixels = file.Read(key);
            var item = recorded[int.Parse(key[3..key.IndexOf('/', StringComparison.Ordinal)])];
            var bytes = pixels.to(ScalarType.Byte).cpu().contiguous().data<byte>().ToArray();
            var mask = RunLengthMask.OfPixels((int)pixels.shape[0], (int)pixels.shape[1], bytes);
            Assert.Equal(item.GetProperty("string").GetString(), mask.ToText());
            Assert.Equal(bytes, mask.ToPixels());
        }
    }

    [SkippableTheory]
    [MemberData(nameof(TensorCases))]
    public void Masks_overlap_as_published(string name)
    {
        using var scope = NewDisposeScope();
        using var file = GoldenFolder.Open(name);
        var recorded = Open(Path.ChangeExtension(name, ".json")).GetProperty("mask_ops");
        var (a, b) = (Masks(file.Read("masks/in/a")), Masks(file.Read("masks/in/b")));
        Near(recorded.GetProperty("iou"), a, b, (one, other) => DetectionOverlap.Of(one, other, isCrowd: false));
        Assert.Equal(recorded.GetProperty("union_a").GetString(), a.Aggregate((one, other) => one.Union(other)).ToText());
        Assert.Equal(recorded.GetProperty("intersection_a").GetString(), a.Aggregate((one, other) => one.Intersection(other)).ToText());
        Crowds(recorded, a, b, DetectionOverlap.Of);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Boxes_overlap_as_published(string name)
    {
        var recorded = Open(name).GetProperty("box_ops_xywh");
        var (a, b) = (Boxes("a"), Boxes("b"));
        Near(recorded.GetProperty("iou"), a, b, (one, other) => DetectionOverlap.Of(one, other, isCrowd: false));
        Crowds(recorded, a, b, DetectionOverlap.Of);

        ObjectBox[] Boxes(string key)
            => [.. recorded.GetProperty(key).EnumerateArray().Select(Numbers).Select(Box)];
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Polygons_become_the_published_masks(string name)
        => Assert.All(Open(name).GetProperty("polygons").EnumerateArray(), item =>
        {
            var (height, width) = Size(item);
            var mask = RunLengthMask.OfPolygons(height, width, item.GetProperty("polygons").EnumerateArray().Select(Numbers));
            Assert.Equal(item.GetProperty("string").GetString(), mask.ToText());
            Assert.Equal(item.GetProperty("area").GetInt64(), mask.Area);
        });

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Detections_get_the_published_figures(string name)
    {
        var coco = Open(name).GetProperty("coco");
        var (truth, predictions) = (Path.Combine(folder, "truth.json"), Path.Combine(folder, "detections.json"));
        File.WriteAllText(truth, coco.GetProperty("ground_truth").GetRawText());
        File.WriteAllText(predictions, coco.GetProperty("detections").GetRawText());
        foreach (var results in coco.GetProperty("results").EnumerateObject())
        {
            var kind = results.Name.StartsWith("segm", StringComparison.Ordinal) ? DetectionKind.Segm : DetectionKind.Bbox;
            var set = CocoTruth.Read(truth, kind);
            var metrics = new DetectionMetrics(
                set,
                CocoResults.Read(predictions, set, kind, Assert.Fail),
                results.Name.EndsWith("class_agnostic", StringComparison.Ordinal));
            Assert.All(metrics.Figures(), figure
                => Assert.Equal(results.Value.GetProperty(figure.Key).GetDouble(), figure.Value, Exact));
            if (results.Value.TryGetProperty("AP_per_iou_and_category", out var precision))
            {
                Curves(metrics, precision, set, curve => curve.Average);
                Curves(metrics, results.Value.GetProperty("recall_per_iou_and_category"), set, curve => curve.Recall);
                Assert.All(
                    Numbers(results.Value.GetProperty("precision_at_101_recalls_iou50_category0")).Zip(metrics.Curves(0)![0].Precision),
                    pair => Assert.Equal(pair.First, pair.Second, Exact));
                Assert.All(results.Value.GetProperty("matching").EnumerateArray(), match => Matches(match, set, predictions, kind));
            }
        }
    }

    private static void Matches(JsonElement match, ObjectSet set, string predictions, DetectionKind kind)
    {
        var (image, category) = (match.GetProperty("image_id").GetInt64(), match.GetProperty("category_id").GetInt64());
        var matched = new DetectionMatching(
            CocoResults.Read(predictions, set, kind, Assert.Fail).Where(each => each.Image == image && each.Category == category),
            [.. set.Objects.Where(each => each.Image == image && each.Category == category)])
            .Match(AreaRange.All[0], DetectionMetrics.Thresholds);
        Assert.Equal(Numbers(match.GetProperty("dtScores")), matched.Scores);
        Assert.Equal(
            Numbers(match.GetProperty("gt_id_matched_by_each_detection_iou50")),
            matched.Found[0].Select(found => (double)(found?.Id ?? 0)));
        Assert.Equal(Numbers(match.GetProperty("dt_ignored_iou50")), matched.Ignored[0].Select(ignored => ignored ? 1.0 : 0));
        Assert.Equal(Numbers(match.GetProperty("gtIgnore")).Count(ignored => ignored == 0), matched.Counted);
    }

    private static void Curves(DetectionMetrics metrics, JsonElement recorded, ObjectSet set, Func<PrecisionCurve, double> figure)
    {
        Assert.Equal(DetectionMetrics.Thresholds.Count, recorded.GetArrayLength());
        foreach (var (threshold, row) in recorded.EnumerateArray().Index())
        {
            Assert.Equal(set.Categories.Count, row.GetArrayLength());
            Assert.All(Numbers(row).Index(), each => Assert.Equal(
                each.Item,
                metrics.Curves(each.Index) is { } curves ? figure(curves[threshold]) : -1,
                Exact));
        }
    }

    /// <summary>Which of the second are crowds is not recorded: each column is one or the other.</summary>
    private static void Crowds<T>(JsonElement recorded, T[] a, T[] b, Func<T, T, bool, double> overlap)
    {
        var rows = recorded.GetProperty("iou_b_crowd").EnumerateArray().Select(Numbers).ToArray();
        var crowds = Enumerable.Range(0, b.Length).Count(column => IsColumn(column, isCrowd: true) && !IsColumn(column, isCrowd: false));
        Assert.All(Enumerable.Range(0, b.Length), column => Assert.True(IsColumn(column, true) || IsColumn(column, false)));
        Assert.NotEqual(0, crowds);

        bool IsColumn(int column, bool isCrowd)
            => rows.Index().All(row => Math.Abs(row.Item[column] - overlap(a[row.Index], b[column], isCrowd)) < Exact);
    }

    private static void Near<T>(JsonElement recorded, T[] a, T[] b, Func<T, T, double> overlap)
        => Assert.All(recorded.EnumerateArray().Select(Numbers).Index(), row => Assert.All(
            row.Item.Index(),
            each => Assert.Equal(each.Item, overlap(a[row.Index], b[each.Index]), Exact)));

    private static ObjectBox Box(double[] sides) => new(sides[0], sides[1], sides[2], sides[3]);

    private static RunLengthMask[] Masks(Tensor masks)
        => [.. Enumerable.Range(0, (int)masks.shape[0]).Select(index => RunLengthMask.OfPixels(
            (int)masks.shape[1],
            (int)masks.shape[2],
            masks[index].to(ScalarType.Byte).contiguous().data<byte>().ToArray()))];

    private static JsonElement Open(string name)
    {
        GoldenFolder.SkipIfAbsent(name);
        return JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenFolder.Path, name))).RootElement;
    }

    private static (int Height, int Width) Size(JsonElement item)
        => (item.GetProperty("size")[0].GetInt32(), item.GetProperty("size")[1].GetInt32());

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetDouble())];
}

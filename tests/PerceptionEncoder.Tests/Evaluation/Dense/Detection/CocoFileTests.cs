using PerceptionEncoder.Evaluation.Dense.Detection;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Detection;

public sealed class CocoFileTests : IDisposable
{
    private const string Good = """
        {"images": [{"id": 1, "height": 6, "width": 8}], "categories": [{"id": 3, "name": "cup"}], "annotations": [
          {"id": 9, "image_id": 1, "category_id": 3, "bbox": [1, 1, 4, 3], "area": 12, "segmentation": [[1, 1, 5, 1, 5, 4, 1, 4]]}]}
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("pe-coco-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("[1, 2]", "images")]
    [InlineData("{\"images\": [{\"id\": 1}], ", "valid JSON")]
    [InlineData("{\"images\": 3}", "a list is needed")]
    [InlineData("{\"images\": [{\"id\": \"a\"}]}", "images[0].id")]
    [InlineData("{\"images\": [], \"categories\": [], \"annotations\": [{\"image_id\": 4, \"category_id\": 3}]}", "its picture 4")]
    public void Other_files_are_no_annotations(string json, string problem)
        => Refused(problem, () => CocoTruth.Read(Write("truth.json", json), DetectionKind.Bbox));

    [Theory]
    [InlineData("\"height\": 6", "\"height\": 0", "images[0].height")]
    [InlineData("[[1, 1, 5, 1, 5, 4, 1, 4]]", "[[1, 1, 5, 1]]", "three corners")]
    [InlineData("[[1, 1, 5, 1, 5, 4, 1, 4]]", "[[1, 1, 5, 1, 5, 1e9]]", "far outside")]
    [InlineData("[[1, 1, 5, 1, 5, 4, 1, 4]]", "[]", "three corners")]
    [InlineData("[[1, 1, 5, 1, 5, 4, 1, 4]]", "{\"size\": [8, 6], \"counts\": \"`1\"}", "6x8 pixels")]
    [InlineData("\"area\": 12, ", "", "annotations[0].area")]
    public void A_mask_that_does_not_fit_is_said_with_its_place(string from, string to, string problem)
        => Refused(
            problem,
            () => CocoTruth.Read(Write("truth.json", Good.Replace(from, to, StringComparison.Ordinal)), DetectionKind.Segm));

    [Theory]
    [InlineData("{\"image_id\": 1}", "are a list of")]
    [InlineData("[{\"image_id\": 2, \"category_id\": 3, \"bbox\": [1, 1, 2, 2], \"score\": 1}]", "no picture 2")]
    [InlineData("[{\"image_id\": 1, \"category_id\": 3, \"bbox\": [1, 1, 2], \"score\": 1}]", "detections[0].bbox")]
    [InlineData("[{\"image_id\": 1, \"category_id\": 3, \"bbox\": [1, 1, -2, 2], \"score\": 1}]", "detections[0].bbox")]
    [InlineData("[{\"image_id\": 1, \"category_id\": 3, \"bbox\": [1, 1, 2, 2], \"score\": NaN}]", "detections[0].score")]
    [InlineData("[{\"image_id\": 1, \"category_id\": 3, \"score\": 1}]", "detections[0].segmentation")]
    public void Other_files_are_no_detections(string json, string problem)
    {
        var set = CocoTruth.Read(Write("truth.json", Good), DetectionKind.Bbox);
        Refused(problem, () => CocoResults.Read(Write("found.json", json), set, DetectionKind.Bbox, Assert.Fail));
    }

    [Fact]
    public void Detections_of_unknown_categories_are_left_out_and_said_and_a_mask_has_a_box()
    {
        var log = new List<string>();
        var set = CocoTruth.Read(Write("truth.json", Good), DetectionKind.Bbox);
        var found = CocoResults.Read(
            Write(
                "found.json",
                """
                [{"image_id": 1, "category_id": 5, "bbox": [1, 1, 2, 2], "score": 1},
                 {"image_id": 1.0, "category_id": 3, "segmentation": {"size": [6, 8], "counts": [7, 3, 38]}, "score": 0.5}]
                """),
            set,
            DetectionKind.Bbox,
            log.Add);
        Assert.Equal(new ObjectBox(1, 1, 1, 3), Assert.Single(found).Box);
        Assert.Contains("1 detections are of categories", Assert.Single(log), StringComparison.Ordinal);
    }

    private static void Refused(string problem, Action read)
    {
        var message = Assert.Throws<UserErrorException>(read).Message;
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private string Write(string name, string json)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, json);
        return path;
    }
}

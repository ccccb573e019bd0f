using PerceptionEncoder.Evaluation.Dense.Detection;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Detection;

public sealed class DetectionMetricsTests
{
    private static readonly ObjectBox Place = new(10, 10, 40, 40);

    [Fact]
    public void What_is_found_is_right_and_the_rest_is_wrong()
    {
        var set = Set([Place], [Place with { Left = 200 }]);
        var half = new DetectionMetrics(set, [Found(0, 0.9, Place)], isClassAgnostic: false).Figures();
        Assert.Equal(0.5, half["AR100"], 1e-9);
        Assert.Equal(51.0 / 101, half["AP"], 1e-9);                 // recalls of 0, 0.01, ..., 0.5
        Assert.Equal(-1, half["AP_large"]);
        var all = new DetectionMetrics(set, [Found(0, 0.9, Place), Found(1, 0.1, Place with { Left = 200 })], isClassAgnostic: false);
        Assert.Equal(1, all.Figures()["AP"], 1e-9);
        Assert.Equal(1, all.ByCategory()[0].AveragePrecision75!.Value, 1e-9);
        Assert.Null(all.ByCategory()[1].AveragePrecision);
    }

    [Fact]
    public void A_second_detection_of_one_object_is_wrong_and_of_a_crowd_is_not()
    {
        var twice = new[] { Found(0, 0.9, Place), Found(0, 0.8, Place) };
        var one = Set([Place]);
        var match = new DetectionMatching(twice, [.. one.Objects]).Match(AreaRange.All[0], [0.5]);
        Assert.Same(one.Objects[0], match.Found[0][0]);
        Assert.Null(match.Found[0][1]);
        TrueObject[] crowd = [one.Objects[0] with { IsCrowd = true }];
        var absorbed = new DetectionMatching(twice, crowd).Match(AreaRange.All[0], [0.5]);
        Assert.Equal([true, true], absorbed.Ignored[0]);
        Assert.Equal(0, absorbed.Counted);
    }

    [Fact]
    public void Of_another_category_something_is_found_only_without_categories()
    {
        var set = Set([Place]);
        DetectedObject[] other = [Found(0, 0.9, Place) with { Category = 2 }];
        Assert.Equal(0, new DetectionMetrics(set, other, isClassAgnostic: false).Figures()["AP"]);
        Assert.Equal(1, new DetectionMetrics(set, other, isClassAgnostic: true).Figures()["AP"], 1e-9);
    }

    private static DetectedObject Found(long image, double score, ObjectBox box) => new(image, 1, box, null, score);

    private static ObjectSet Set(params ObjectBox[][] pictures) => new(
        Enumerable.Range(0, pictures.Length).ToDictionary(index => (long)index, _ => ((int, int)?)null),
        [new ObjectCategory(1, "one"), new ObjectCategory(2, "two")],
        [.. pictures.Index().SelectMany(picture => picture.Item.Select((box, index)
            => new TrueObject((100 * picture.Index) + index, picture.Index, 1, box, null, box.Area, IsCrowd: false)))]);
}

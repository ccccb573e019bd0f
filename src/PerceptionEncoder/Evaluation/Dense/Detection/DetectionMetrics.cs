namespace PerceptionEncoder.Evaluation.Dense.Detection;

// t thresholds
/// <summary>COCO's figures: precision and recall at ten overlaps, of all objects and by size.</summary>
internal sealed class DetectionMetrics
{
    private const string Precision = "AP";
    private const string Recall = "AR";

    /// <summary>Figures of what there is nothing to find of.</summary>
    private const double Undefined = -1;

    private static readonly int[] MostDetections = [1, 10, DetectionMatching.MostDetections];

    private readonly Category[] categories;
    private readonly Dictionary<(int Category, int Sizes, int Most), PrecisionCurve[]?> curves = [];

    /// <param name="set">Pictures and their objects.</param>
    /// <param name="detections">All, in the order of their file.</param>
    /// <param name="isClassAgnostic">Whether objects are found whatever they are said to be.</param>
    public DetectionMetrics(ObjectSet set, IEnumerable<DetectedObject> detections, bool isClassAgnostic)
    {
        // Without categories a picture's detections of equal score stand in the order of their categories, as published.
        var truth = set.Objects.OrderBy(each => each.Category).ToLookup(each => (each.Image, isClassAgnostic ? 0 : each.Category));
        var found = detections.OrderBy(each => each.Category).ToLookup(each => (each.Image, isClassAgnostic ? 0 : each.Category));
        long[] images = [.. set.Images.Keys.Order()];
        categories = isClassAgnostic ? [Matched(0, "all")] : [.. set.Categories.Select(each => Matched(each.Id, each.Name))];

        Category Matched(long category, string name)
        {
            DetectionMatching[] pictures =
            [
                .. images.Where(image => truth.Contains((image, category)) || found.Contains((image, category)))
                    .Select(image => new DetectionMatching(found[(image, category)], [.. truth[(image, category)]])),
            ];
            return new Category(
                name,
                [.. AreaRange.All.Select(sizes => Array.ConvertAll(pictures, picture => picture.Match(sizes, Thresholds)))]);
        }
    }

    /// <summary>The least overlaps, as numpy spaces them evenly.</summary>
    public static IReadOnlyList<double> Thresholds { get; } =
        [.. Enumerable.Range(0, 10).Select(index => index == 9 ? 0.95 : 0.5 + (index * ((0.95 - 0.5) / 9)))];

    /// <summary>The twelve figures, in the published order.</summary>
    public IReadOnlyDictionary<string, double> Figures()
    {
        var figures = new Dictionary<string, double>
        {
            [Precision] = Mean(0, DetectionMatching.MostDetections, curve => curve.Average),
            [$"{Precision}50"] = Mean(0, DetectionMatching.MostDetections, curve => curve.Average, 0),
            [$"{Precision}75"] = Mean(0, DetectionMatching.MostDetections, curve => curve.Average, 5),
        };
        foreach (var (index, sizes) in AreaRange.All.Index().Skip(1))
        {
            figures[$"{Precision}_{sizes.Name}"] = Mean(index, DetectionMatching.MostDetections, curve => curve.Average);
        }

        foreach (var most in MostDetections)
        {
            figures[$"{Recall}{most}"] = Mean(0, most, curve => curve.Recall);
        }

        foreach (var (index, sizes) in AreaRange.All.Index().Skip(1))
        {
            figures[$"{Recall}_{sizes.Name}"] = Mean(index, DetectionMatching.MostDetections, curve => curve.Recall);
        }

        return figures;
    }

    /// <summary>Each category by itself.</summary>
    public IReadOnlyList<CategoryScore> ByCategory()
        => [.. categories.Select((category, index) =>
        {
            var all = Curves(index);
            return new CategoryScore(
                category.Name,
                category.Matches[0].Sum(picture => picture.Counted),
                all?.Average(curve => curve.Average),
                all?[0].Average,
                all?[5].Average,
                all?.Average(curve => curve.Recall));
        })];

    /// <summary>Curves of a category over all sizes, [t]; null where there is nothing to find.</summary>
    public PrecisionCurve[]? Curves(int category) => Curves(category, 0, DetectionMatching.MostDetections);

    private PrecisionCurve[]? Curves(int category, int sizes, int most)
    {
        var key = (category, sizes, most);
        return curves.TryGetValue(key, out var known)
            ? known
            : curves[key] = PrecisionCurve.Of(categories[category].Matches[sizes], Thresholds.Count, most);
    }

    /// <summary>Mean over categories with anything to find, and over thresholds or at one of them.</summary>
    private double Mean(int sizes, int most, Func<PrecisionCurve, double> figure, int? threshold = null)
        => categories.SelectMany((_, category) => Curves(category, sizes, most) ?? [])
            .Where((_, index) => threshold is null || index % Thresholds.Count == threshold)
            .Select(figure)
            .DefaultIfEmpty(Undefined)
            .Average();

    /// <summary>One category.</summary>
    /// <param name="Name">For people.</param>
    /// <param name="Matches">By size, as <see cref="AreaRange.All"/> has them, then by picture.</param>
    private sealed record Category(string Name, MatchedDetections[][] Matches);
}

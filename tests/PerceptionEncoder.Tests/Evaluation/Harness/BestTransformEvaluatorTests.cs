using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Evaluation.Harness;

public class BestTransformEvaluatorTests
{
    [Theory]
    [InlineData(0.25, 0.5)]
    [InlineData(0.5, 0.25)]
    public void Each_transform_is_reported_and_the_better_one_under_the_published_names(double squash, double centerCrop)
    {
        var result = new BestTransformEvaluator(fit => new Fixed(Result("birds", fit == ImageFit.Squash ? squash : centerCrop)))
            .Evaluate(default);

        Assert.Equal(
            new Dictionary<string, double>
            {
                ["acc1"] = 0.5,
                ["other"] = 0.5,
                ["squash_acc1"] = squash,
                ["squash_other"] = 1 - squash,
                ["center_crop_acc1"] = centerCrop,
                ["center_crop_other"] = 1 - centerCrop,
            },
            result.Metrics);
        Assert.Equal(("birds", 10, 1), (result.Dataset, result.Samples, result.Unreadable));
    }

    [Fact]
    public void In_retrieval_the_sum_of_both_directions_decides_and_of_equals_the_squash_is_taken()
    {
        var better = Retrieval(image: 0.5, text: 0.25, center: (0.25, 0.75));
        Assert.Equal((0.25, 0.75), (better["image_retrieval_recall@1"], better["text_retrieval_recall@1"]));
        Assert.Equal(0.5, better["squash_image_retrieval_recall@1"]);
        var equal = Retrieval(image: 0.5, text: 0.25, center: (0.25, 0.5));
        Assert.Equal((0.5, 0.25), (equal["image_retrieval_recall@1"], equal["text_retrieval_recall@1"]));

        static IReadOnlyDictionary<string, double> Retrieval(
            double image,
            double text,
            (double Image, double Text) center) => new BestTransformEvaluator(fit => new Fixed(new EvaluationResult(
            "birds",
            "zeroshot_retrieval",
            new Dictionary<string, double>
            {
                ["image_retrieval_recall@1"] = fit == ImageFit.Squash ? image : center.Image,
                ["text_retrieval_recall@1"] = fit == ImageFit.Squash ? text : center.Text,
            },
            10,
            0))).Evaluate(default).Metrics;
    }

    [Fact]
    public void The_mean_of_robustness_weighs_every_set_the_same_and_keeps_what_all_of_them_have()
    {
        var mean = RobustnessMean.Of([
            Result("imagenet", 0.5),
            Result("objectnet", 0.25) with { Metrics = new Dictionary<string, double> { ["acc1"] = 0.25, ["mapped_acc1"] = 1 } },
            Result("birds", 1),
        ]);

        Assert.Equal(("robustness", 20, 2), (mean.Dataset, mean.Samples, mean.Unreadable));
        Assert.Equal(KeyValuePair.Create("acc1", 0.375), Assert.Single(mean.Metrics));
    }

    private static EvaluationResult Result(string set, double accuracy)
        => new(set, "zeroshot_classification", new Dictionary<string, double> { ["acc1"] = accuracy, ["other"] = 1 - accuracy }, 10, 1);

    private sealed class Fixed(EvaluationResult result) : IEvaluator
    {
        public string Name => result.Dataset;

        public IReadOnlyList<string> Metrics => [.. result.Metrics.Keys];

        public EvaluationResult Evaluate(CancellationToken cancellation) => result;
    }
}

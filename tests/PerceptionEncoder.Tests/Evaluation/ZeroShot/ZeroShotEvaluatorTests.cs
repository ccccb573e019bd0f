using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using static PerceptionEncoder.Tests.Evaluation.ColourSet;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.ZeroShot;

public sealed class ZeroShotEvaluatorTests : IDisposable
{
    private readonly ColourSet set = new();

    public void Dispose() => set.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void Figures_are_over_all_shards_whatever_the_batch(int batch)
    {
        set.AddShard(Labelled("red", "0"), Labelled("green", "1"), Labelled("blue", "0\n"));
        set.AddShard(Labelled("blue", "2", "PNG"), Labelled("green", "1", "jpg")); // content decides, not the name

        var result = set.ZeroShot(batch).Evaluate(default);

        Assert.Equal(("colours", "zeroshot_classification", 5, 0), (result.Dataset, result.Task, result.Samples, result.Unreadable));
        Assert.Equal(0.8, result.Metrics["acc1"], 1e-12);
        Assert.Equal((0.5 + 1 + 1) / 3, result.Metrics["mean_per_class_recall"], 1e-12);
        Assert.DoesNotContain("acc5", result.Metrics.Keys);
        Assert.Empty(set.Log);
    }

    [Theory]
    [InlineData("red\n\nblue\n", "2")]
    [InlineData("blue\nred\n\n", "0")]
    [InlineData("\nred\nblue\n", "2")]
    public void Blank_class_names_keep_their_labels_and_are_named(string names, string labelOfBlue)
    {
        set.Write("classnames.txt", names);
        set.AddShard(Labelled("blue", labelOfBlue), Labelled("blue", labelOfBlue));

        Assert.Equal(1, set.ZeroShot().Evaluate(default).Metrics["acc1"]);
        Assert.Contains("1 of 3 class names are blank", Assert.Single(set.Log), StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_whose_name_at_the_end_is_blank_is_a_class()
    {
        set.Write("classnames.txt", "red\ngreen\n\n");
        set.AddShard(Labelled("red", "0"), Labelled("blue", "2"));
        Assert.Equal((2, 0), (set.ZeroShot().Evaluate(default).Samples, set.ZeroShot().Evaluate(default).Unreadable));
    }

    [Fact]
    public void What_cannot_be_used_is_logged_counted_and_left_out()
    {
        var cut = Picture("red")[..40];
        set.AddShard(
            Labelled("red", "0"),
            [("png", cut), ("cls", "0"u8.ToArray())],
            [("png", Picture("red"))],
            [("cls", "0"u8.ToArray())],
            Labelled("red", "zero"),
            [("png", []), ("cls", "0"u8.ToArray())]);

        var result = set.ZeroShot().Evaluate(default);

        Assert.Equal((1, 5), (result.Samples, result.Unreadable));
        Assert.Equal(1, result.Metrics["acc1"]);
        Assert.Equal(5, set.Log.Count);
        Assert.All(set.Log, line => Assert.Contains("0.tar, sample s0", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_set_of_another_kind_says_what_it_is()
    {
        set.AddShard(Labelled("red", "0"));
        set.Write("dataset_type.txt", "retrieval\n");
        Assert.Contains("Use pe eval retrieval", Assert.Throws<UserErrorException>(() => set.ZeroShot()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_is_opened_once_for_both_transforms_and_every_model()
    {
        set.AddShard(Labelled("red", "0"), Labelled("blue", "2"));
        set.Write("classnames.txt", "red\n\nblue\n");
        var opened = OpenedSet.Open(set.Options(EvaluationType.Zeroshot) with { Transform = null }, set.Log.Add);
        File.Delete(Path.Combine(set.Root, "classnames.txt"));
        File.Delete(Path.Combine(set.Root, "zeroshot_classification_templates.txt"));

        foreach (var encoder in new[] { Encoder, Encoder with { Images = images => EncodeImages(images) * 2 } })
        {
            var metrics = Evaluators.Create(opened, encoder, set.Log.Add, EvaluationSession.None).Evaluate(default).Metrics;
            Assert.Equal((1, 1, 1), (metrics["acc1"], metrics["squash_acc1"], metrics["center_crop_acc1"]));
        }

        Assert.Contains("class names are blank", Assert.Single(set.Log), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_labels_of_an_image_are_named_so()
    {
        set.AddShard(Labelled("red", "0"), Labelled("red", "0 2"), [("png", Picture("red")), ("npy", "x"u8.ToArray())]);
        Assert.Equal((1, 2), (set.ZeroShot().Evaluate(default).Samples, set.Log.Count));
        Assert.Contains("'0 2' are several labels", set.Log[0], StringComparison.Ordinal);
        Assert.Contains("no cls among png, npy; a set with several labels", set.Log[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_shard_is_counted_and_the_samples_before_the_damage_are_used()
    {
        set.AddShard(Labelled("red", "0"), Labelled("green", "1"), Labelled("blue", "2"));
        var shard = Path.Combine(set.Root, "test", "0.tar");
        File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..4620]); // four blocks a sample: inside the third picture

        var result = set.ZeroShot().Evaluate(default);

        Assert.Equal((2, 1), (result.Samples, result.Unreadable));
        Assert.Single(set.Log);
    }

    [Fact]
    public void A_set_without_one_usable_sample_is_an_error()
    {
        set.AddShard([("png", Picture("red"))]);

        var failure = Assert.Throws<UserErrorException>(() => set.ZeroShot().Evaluate(default));
        Assert.Contains("no usable sample", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("-1")]
    public void A_label_that_is_no_class_is_an_error_that_names_the_sample(string label)
    {
        set.AddShard(Labelled("red", "0"), Labelled("red", label));

        var failure = Assert.Throws<UserErrorException>(() => set.ZeroShot().Evaluate(default));
        Assert.Contains($"0.tar, sample s0000001: label {label}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_data_set_is_an_error_before_anything_is_measured()
    {
        var failure = Assert.Throws<UserErrorException>(
            () => Evaluator(set.Options(EvaluationType.Zeroshot) with { Data = "no/such/folder" }, Encoder, set.Log));
        Assert.Contains("no/such/folder", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Features_that_are_not_finite_are_an_error()
    {
        set.AddShard(Labelled("red", "0"));
        var evaluator = Evaluator(
            set.Options(EvaluationType.Zeroshot),
            Encoder with { Images = images => EncodeImages(images) * float.NaN },
            set.Log);

        Assert.Contains(
            "not finite",
            Assert.Throws<UserErrorException>(() => evaluator.Evaluate(default)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_resolution_of_the_set_goes_before_the_models()
    {
        set.AddShard(Labelled("red", "0"));
        long[] shape = [];
        var shaped = Encoder with { Images = images => { shape = images.shape; return images.to(float32).mean([2, 3]); } };
        var evaluator = Evaluator(set.Options(EvaluationType.Zeroshot) with { Resolution = 9 }, shaped, set.Log);
        evaluator.Evaluate(default);

        Assert.Equal([1, 3, 9, 9], shape);
    }

    [Fact]
    public void Evaluating_leaves_no_tensor_behind_and_gives_the_same_again()
    {
        set.AddShard(Labelled("red", "0"), Labelled("green", "1"), Labelled("blue", "1"));
        var evaluator = set.ZeroShot(batch: 2);
        var first = evaluator.Evaluate(default);
        var tensors = LiveTensors.Count();

        Assert.Equal(first.Metrics, evaluator.Evaluate(default).Metrics);
        Assert.Equal(tensors, Tensor.TotalCount);
    }

    [Fact]
    public void A_cancelled_evaluation_stops()
    {
        set.AddShard(Labelled("red", "0"));
        Assert.ThrowsAny<OperationCanceledException>(() => set.ZeroShot().Evaluate(new CancellationToken(canceled: true)));
    }
}

using System.Text;
using static PerceptionEncoder.Tests.Evaluation.ColourSet;

namespace PerceptionEncoder.Tests.Evaluation.ZeroShot;

/// <summary>CLIP-benchmark's multilabel sets: labels as a NumPy array that is above 0 at each class of the image.</summary>
public sealed class MultilabelEvaluationTests : IDisposable
{
    private readonly ColourSet set = new();

    public MultilabelEvaluationTests() => set.Write("dataset_type.txt", "multilabel\n");

    public void Dispose() => set.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void The_mean_average_precision_is_over_all_images_whatever_the_batch(int batch)
    {
        // By 'red' the red image comes first, right, and the next right one is second or third; by 'green' the green one, right; nothing is
        // blue.
        set.AddShard(Several("red", 1, 0, 0), Several("green", 1, 1, 0), Several("green", 1, 1, 0), Several("blue", 0, 0, -1));

        var evaluator = set.ZeroShot(batch);
        var result = evaluator.Evaluate(default);

        Assert.Equal(evaluator.Metrics, result.Metrics.Keys);
        Assert.Equal(("zeroshot_classification", 4, 0), (result.Task, result.Samples, result.Unreadable));
        var (worst, best) = ((1 + (2.0 / 3) + (3.0 / 4)) / 3, 1.0);
        Assert.InRange(result.Metrics["mean_average_precision"], (worst + 1 + 0) / 3, (best + 1 + 0) / 3);
    }

    [Fact]
    public void The_better_transform_is_the_one_with_the_better_mean()
    {
        set.AddShard(Several("red", 1, 0, 0), Several("blue", 0, 0, 1), Several("green", 0, 1, 0));
        var metrics = Evaluator(
            set.Options(PerceptionEncoder.Evaluation.Sets.EvaluationType.Zeroshot) with { Transform = null },
            ColourSet.Encoder,
            set.Log).Evaluate(default).Metrics;
        Assert.Equal(
            (1, 1, 1),
            (metrics["mean_average_precision"], metrics["squash_mean_average_precision"], metrics["center_crop_mean_average_precision"]));
    }

    [Theory]
    [InlineData("|b1", 1)]
    [InlineData("|u1", 1)]
    [InlineData("<i2", 2)]
    [InlineData("<i4", 4)]
    [InlineData("<i8", 8)]
    [InlineData("<f4", 4)]
    [InlineData("<f8", 8)]
    public void Labels_may_be_numbers_of_any_kind(string type, int width)
    {
        set.AddShard(
            Several("red", Npy(type, width, 1, 0, 0)),
            Several("green", Npy(type, width, 0, 1, 0)),
            Several("blue", Npy(type, width, 0, 0, 1)));
        Assert.Equal(1, set.ZeroShot().Evaluate(default).Metrics["mean_average_precision"]);
    }

    [Fact]
    public void Labels_that_cannot_be_read_are_named_counted_and_left_out()
    {
        var whole = Npy("<i8", 8, 0, 1, 0);
        set.AddShard(
            Several("red", 1, 0, 0),
            Several("green", whole[..^1]),
            Several("green", whole[..20]),
            Several("green", "numbers"u8.ToArray()),
            Several("green", Npy("<c8", 8, 0, 1, 0)),
            Labelled("blue", "2"));
        var result = set.ZeroShot().Evaluate(default);
        Assert.Equal((1, 5, 5), (result.Samples, result.Unreadable, set.Log.Count));
        Assert.Contains("no npy among png, cls", set.Log[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_of_another_number_of_classes_are_an_error_that_names_the_sample()
    {
        set.AddShard(Several("red", 1, 0));
        Assert.Contains(
            "s0000000: has labels of 2 classes, and colours has 3 names",
            Assert.Throws<UserErrorException>(() => set.ZeroShot().Evaluate(default)).Message,
            StringComparison.Ordinal);
    }

    private static (string, byte[])[] Several(string colour, params double[] labels) => Several(colour, Npy("<i8", 8, labels));

    private static (string, byte[])[] Several(string colour, byte[] labels) => [("png", Picture(colour)), ("npy", labels)];

    private static byte[] Npy(string type, int width, params double[] values)
    {
        var header = Encoding.Latin1.GetBytes($"{{'descr': '{type}', 'fortran_order': False, 'shape': ({values.Length},), }}\n");
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. values.SelectMany(value => Number(type, width, value))];
    }

    private static byte[] Number(string type, int width, double value) => type switch
    {
        "<f4" => BitConverter.GetBytes((float)value),
        "<f8" => BitConverter.GetBytes(value),
        _ => BitConverter.GetBytes((long)value)[..width],
    };
}

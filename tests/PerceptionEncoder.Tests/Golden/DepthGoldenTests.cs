using System.Text.Json;
using PerceptionEncoder.Evaluation.Dense.Depth;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Recorded from DINOv3's depth evaluation, which computes in float32.</summary>
public class DepthGoldenTests
{
    private const double Relative = 1e-5;

    /// <summary>Of a prediction that is exact, what is recorded is float32's rounding of depths up to 10.</summary>
    private const double Absolute = 1e-6;

    /// <summary>The published difference of two means is rounding noise where the ratio is constant.</summary>
    private const double ScaleInvariantLog = 0.02;

    public static TheoryData<string> Cases { get; } = GoldenFolder.Cases("depth_metrics*.json");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Images_and_their_mean_score_as_published(string name)
    {
        using var file = Depths(name);
        Assert.All(Open(name).GetProperty("runs").EnumerateObject(), run =>
        {
            var metrics = new DepthMetrics(Protocol(run.Name, run.Value));
            var flip = run.Value.TryGetProperty("use_tta", out var twice) && twice.GetBoolean();
            for (var sample = 0; file.Entries.ContainsKey($"metric{sample}/in/gt"); sample++)
            {
                using var scope = NewDisposeScope();
                var figures = metrics.Add(
                    file.Read($"metric{sample}/in/gt"),
                    file.Read($"metric{sample}/in/prediction"),
                    flip ? file.Read($"metric{sample}/in/prediction_of_flipped") : null);
                var recorded = run.Value.GetProperty("per_image");
                Near(figures!, figure => recorded.GetProperty(figure)[sample].GetDouble(), $"{run.Name} {sample}");
            }

            if (run.Value.TryGetProperty("mean", out var mean))
            {
                Near(metrics.Compute(), figure => mean.GetProperty(figure).GetDouble(), $"{run.Name} mean");
            }
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Depths_without_an_image_score_as_published(string name)
        => Assert.All(Open(name).GetProperty("vectors").EnumerateArray(), recorded =>
        {
            using var scope = NewDisposeScope();
            Near(
                DepthFigures.Of(Vector(recorded.GetProperty("gt")), Vector(recorded.GetProperty("prediction"))),
                figure => recorded.GetProperty(figure).GetDouble(),
                "vector");
        });

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Scales_are_found_as_published(string name)
    {
        using var file = Depths(name);
        using var scope = NewDisposeScope();
        var recording = Open(name);
        var run = recording.GetProperty("runs").EnumerateObject().First(each => Flag(each.Value, "align_least_squares"));
        var metrics = new DepthMetrics(Protocol(run.Name, run.Value) with { EigenCrop = false });
        Assert.All(recording.GetProperty("least_squares").EnumerateArray(), recorded =>
        {
            var sample = recorded.GetProperty("sample").GetInt32();
            var (truth, prediction) = (file.Read($"metric{sample}/in/gt"), file.Read($"metric{sample}/in/prediction"));
            var valid = metrics.Valid(truth);
            var (scale, shift) = metrics.Fit(
                truth.masked_select(valid).to(float64),
                prediction.masked_select(valid).to(float64));
            Assert.Equal(recorded.GetProperty("scale").GetDouble(), scale, 1e-5);
            Assert.Equal(recorded.GetProperty("shift").GetDouble(), shift, 1e-5);
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void The_eigen_crop_is_the_published_rectangle(string name)
        => Assert.All(Open(name).GetProperty("eigen_crop_rectangles").EnumerateArray(), recorded =>
        {
            var (top, bottom, left, right) = DepthProtocol.Eigen(
                recorded.GetProperty("height").GetInt32(),
                recorded.GetProperty("width").GetInt32());
            Assert.Equal(recorded.GetProperty("pixels").GetInt32(), (bottom - top) * (right - left));
            if (recorded.GetProperty("rows").ValueKind == JsonValueKind.Array)
            {
                Assert.Equal(Numbers(recorded.GetProperty("rows")), new[] { top, bottom });
                Assert.Equal(Numbers(recorded.GetProperty("columns")), new[] { left, right });
            }
        });

    private static DepthProtocol Protocol(string name, JsonElement run) => new()
    {
        Minimum = run.GetProperty("range")[0].GetDouble(),
        Maximum = run.GetProperty("range")[1].GetDouble(),
        EigenCrop = run.GetProperty("eval_mask_type").GetString()!.EndsWith("EIGEN", StringComparison.Ordinal),
        Alignment = Flag(run, "align_least_squares") ? DepthAlignment.ScaleShift
            : name.EndsWith("median", StringComparison.Ordinal) ? DepthAlignment.Median : DepthAlignment.None,
    };

    private static bool Flag(JsonElement run, string name) => run.TryGetProperty(name, out var flag) && flag.GetBoolean();

    private static void Near(DepthFigures actual, Func<string, double> expected, string context)
        => Assert.All(actual.Named(), figure =>
        {
            var recorded = expected(figure.Key);
            var tolerance = Math.Max(
                (Relative * Math.Abs(recorded)) + Absolute,
                figure.Key == "silog" && recorded < ScaleInvariantLog ? ScaleInvariantLog : 0);
            Assert.True(
                Math.Abs(recorded - figure.Value) <= tolerance,
                $"{context}: {figure.Key} is {figure.Value}, recorded {recorded}");
        });

    private static Tensor Vector(JsonElement values)
        => tensor([.. values.EnumerateArray().Select(value => (float)value.GetDouble())]).to(float64);

    private static int[] Numbers(JsonElement values) => [.. values.EnumerateArray().Select(value => value.GetInt32())];

    private static SafetensorsFile Depths(string name) => GoldenFolder.Open(
        name == GoldenFolder.Absent ? name : Path.ChangeExtension(name, ".safetensors"));

    private static JsonElement Open(string name)
    {
        GoldenFolder.SkipIfAbsent(name);
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(GoldenFolder.Path, name))).RootElement;
    }
}

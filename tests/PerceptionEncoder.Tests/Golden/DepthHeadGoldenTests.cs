using System.Text.Json;
using PerceptionEncoder.Evaluation.Dense.Depth;
using PerceptionEncoder.Evaluation.Dense.Heads;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Recorded from the depth heads and losses of DINOv2 and DINOv3, which compute in float32.</summary>
public class DepthHeadGoldenTests
{
    private const double Tolerance = 2e-5;

    /// <summary>Depths up to 80, or what many convolutions left of the digits.</summary>
    private const double WideTolerance = 1e-4;

    /// <summary>Of the heads whose recording names no range.</summary>
    private static readonly DepthBins Indoors = new(1e-3, 10);

    public static TheoryData<string> Cases { get; } = GoldenFolder.Cases("depth_metrics*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Bins_are_weighed_as_published(string name)
    {
        using var file = GoldenFolder.Open(name);
        using var scope = NewDisposeScope();
        foreach (var recorded in Under(file, "bins/out/"))
        {
            var parts = recorded.Split('/');
            if (parts[2] == "regression")
            {
                Near(file, recorded, Indoors.Depths(file.Read("bins/in/logits1")));
                continue;
            }

            var kinds = parts[2].Split('_');
            var maximum = double.Parse(kinds[2]["max".Length..]);
            var bins = new DepthBins(1e-3, maximum)
            {
                Spacing = Enum.Parse<DepthBinSpacing>(kinds[0], ignoreCase: true),
                Weights = Enum.Parse<DepthBinWeights>(kinds[1], ignoreCase: true),
            };
            Near(file, recorded, bins.Depths(file.Read($"bins/in/logits{parts[3]}")), maximum > 10 ? WideTolerance : Tolerance);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Linear_heads_answer_as_published(string name)
    {
        using var file = GoldenFolder.Open(name);
        Assert.All(Heads(file).Where(head => head.Name.Contains("_linear", StringComparison.Ordinal)), head =>
        {
            using var scope = NewDisposeScope();
            var settings = head.Value;
            var enlarge = settings.TryGetProperty("upsample", out var factor) ? factor.GetInt32() : 1;
            var module = RecordedDenseHead.Linear(file, head.Name, "conv_depth", enlarge);
            module.eval();
            var logits = module.call(RecordedDenseHead.Features(file, head.Name, settings.GetProperty("class_token").GetBoolean()));
            var bins = new DepthBins(settings.GetProperty("min_depth").GetDouble(), settings.GetProperty("max_depth").GetDouble());
            var tolerance = bins.Maximum > 10 ? WideTolerance : Tolerance;
            var depths = bins.Depths(logits);
            Near(file, $"{head.Name}/out/logits", logits, tolerance);
            Near(file, $"{head.Name}/out/depth", depths, tolerance);
            if (file.Entries.TryGetValue($"{head.Name}/out/depth_resized", out var resized))
            {
                Near(file, resized.Name, TokenMaps.Resize(depths, [.. resized.Shape.Skip(2)]), tolerance);
            }
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Convolutional_heads_answer_as_published(string name)
    {
        using var file = GoldenFolder.Open(name);
        Assert.All(Heads(file).Where(head => head.Name.Contains("_dpt", StringComparison.Ordinal)), head =>
        {
            using var scope = NewDisposeScope();
            using var module = new DptHead(Options(head.Value));
            RecordedDenseHead.Load(file, head.Name, module);
            module.eval();
            var (maps, classTokens) = (RecordedDenseHead.Maps(file, head.Name), RecordedDenseHead.ClassTokens(file, head.Name));
            foreach (var (index, level) in module.Levels(maps, classTokens).Index())
            {
                Near(file, $"{head.Name}/out/reassembled{index}", level, WideTolerance);
            }

            Near(file, $"{head.Name}/out/features", module.Features(maps, classTokens), WideTolerance);
            var scores = module.Scores(maps, classTokens);
            Near(file, $"{head.Name}/out/logits", scores, WideTolerance);
            Near(file, $"{head.Name}/out/depth", Indoors.Depths(scores), WideTolerance);
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Losses_and_their_gradients_are_the_published_ones(string name)
    {
        using var file = GoldenFolder.Open(name);
        Assert.All(Under(file, "loss/out/"), recorded =>
        {
            using var scope = NewDisposeScope();
            var loss = recorded["loss/out/".Length..];
            var (prediction, truth) = (file.Read("loss/in/prediction").requires_grad_(), file.Read("loss/in/gt"));
            var valid = file.Read("loss/in/valid").to(@bool);
            var value = loss switch
            {
                "sigloss" => DepthLosses.ScaleInvariant(prediction, truth, valid, meanAlone: false),
                "sigloss_warmup" => DepthLosses.ScaleInvariant(prediction, truth, valid, meanAlone: true),
                "gradient" => DepthLosses.Slopes(prediction, truth, valid, logarithmic: false),
                "gradient_log" => DepthLosses.Slopes(prediction, truth, valid, logarithmic: true),
                _ => DepthLosses.Distance(prediction, truth, valid),
            };
            Near(file, recorded, value);
            value.backward();
            Near(file, $"loss/grad/{loss}", prediction.grad!);
        });
    }

    private static DptOptions Options(JsonElement head) => new()
    {
        Widths = Numbers(head.GetProperty("in_channels")),
        LevelChannels = Numbers(head.GetProperty("post_process_channels")),
        Channels = head.GetProperty("channels").GetInt64(),
        Hidden = head.GetProperty("hidden").GetInt64(),
        Outputs = head.GetProperty("outputs").GetInt32(),
        WithClassToken = head.GetProperty("readout").GetString() == "project",
        Normalize = Flag(head, "batchnorm_on_tokens"),
        ResidualBias = Flag(head, "residual_bias"),
        ProjectFused = !head.TryGetProperty("projection_after_fusion", out var projects) || projects.GetBoolean(),
    };

    private static bool Flag(JsonElement head, string name) => head.TryGetProperty(name, out var flag) && flag.GetBoolean();

    private static long[] Numbers(JsonElement numbers) => [.. numbers.EnumerateArray().Select(number => number.GetInt64())];

    private static JsonElement.ObjectEnumerator Heads(SafetensorsFile file)
        => GoldenFolder.Config(file).GetProperty("heads").EnumerateObject();

    private static IEnumerable<string> Under(SafetensorsFile file, string prefix)
        => file.Entries.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static void Near(SafetensorsFile file, string name, Tensor actual, double tolerance = Tolerance)
    {
        // Not every head was recorded in all its parts.
        if (file.Entries.ContainsKey(name))
        {
            var difference = GoldenFolder.MaxDifference(file.Read(name), actual);
            Assert.True(difference <= tolerance, $"{name} differs by {difference:E2}");
        }
    }
}

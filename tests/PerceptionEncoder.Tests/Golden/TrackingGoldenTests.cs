using System.Text.Json;
using PerceptionEncoder.Evaluation.Dense.Tracking;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>J and F against davis2017-evaluation, and the propagation of labels against DINO's script and DINOv3's notebook.</summary>
public class TrackingGoldenTests
{
    private const double Exact = 1e-12;

    /// <summary>Of labels in 0..1: the recorded ones are float32, from which a float64 computation differs by 4e-7.</summary>
    private const double Soft = 2e-6;

    /// <summary>Labels that tie but for rounding.</summary>
    private const int Pixels = 2;

    public static TheoryData<string> Metrics => GoldenFolder.Cases("vos_metrics*.safetensors");

    public static TheoryData<string> Propagations => GoldenFolder.Cases("label_propagation*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Metrics))]
    public void Scores_of_every_object_and_their_means_equal_the_published_ones(string name)
    {
        using var file = GoldenFolder.Open(name);
        using var scope = NewDisposeScope();
        var expected = Recorded(name);
        var all = new List<ObjectScores>();
        foreach (var sequence in expected.GetProperty("sequences").EnumerateObject())
        {
            var (truth, answer) = (file.Read($"in/{sequence.Name}/gt"), file.Read($"in/{sequence.Name}/prediction"));
            var (height, width) = ((int)truth.shape[1], (int)truth.shape[2]);
            var scored = TrackingMetrics.Score(
                sequence.Name,
                DavisMasks.Objects(Bytes(truth[0])),
                sequence.Value.GetProperty("scored_frames").EnumerateArray().Select(each => each.GetInt64())
                    .Select(frame => (Bytes(answer[frame]), Bytes(truth[frame]))),
                height,
                width);
            Assert.Equal(
                sequence.Value.GetProperty("boundary_radius").GetInt32(),
                MaskBoundary.Radius(MaskScores.Tolerance, height, width));
            Assert.Equal(
                Enumerable.Range(1, (int)truth.shape[0] - 2),
                sequence.Value.GetProperty("scored_frames").EnumerateArray().Select(each => each.GetInt32()));
            var objects = sequence.Value.GetProperty("objects");
            Assert.Equal(objects.GetArrayLength(), scored.Count);
            foreach (var (recorded, own) in objects.EnumerateArray().Zip(scored))
            {
                Near(recorded.GetProperty("J_frames"), own.Region);
                Near(recorded.GetProperty("F_frames"), own.Boundary);
                Near(recorded, "J_", ScoreStatistics.Of(own.Region));
                Near(recorded, "F_", ScoreStatistics.Of(own.Boundary));
            }

            all.AddRange(scored);
        }

        foreach (var recorded in expected.GetProperty("global").EnumerateObject())
        {
            var own = recorded.Name.Replace("&", "", StringComparison.Ordinal).Replace('-', '_').ToLowerInvariant();
            Near(recorded.Value, TrackingMetrics.Of(all)[own]);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Metrics))]
    public void Edges_of_single_frames_equal_the_published_ones(string name)
    {
        using var file = GoldenFolder.Open(name);
        using var scope = NewDisposeScope();
        foreach (var (i, pair) in Recorded(name).GetProperty("pairs").EnumerateArray().Index())
        {
            var (height, width) = (pair.GetProperty("size")[0].GetInt32(), pair.GetProperty("size")[1].GetInt32());
            var tolerance = pair.TryGetProperty("bound_th", out var threshold) ? threshold.GetDouble() : MaskScores.Tolerance;
            var (truth, answer) = file.Entries.ContainsKey($"pair{i}/in/gt")
                ? (Bytes(file.Read($"pair{i}/in/gt")), Bytes(file.Read($"pair{i}/in/prediction")))
                : (Square(pair.GetProperty("gt").GetString()!, height, width),
                    Square(pair.GetProperty("prediction").GetString()!, height, width));
            var recorded = file.Entries.ContainsKey($"pair{i}/in/void") ? Bytes(file.Read($"pair{i}/in/void")) : [];
            foreach (var (place, _) in recorded.Index().Where(entry => entry.Item != 0))
            {
                (truth[place], answer[place]) = (0, 0);
            }

            var own = MaskScores.Of(answer, truth, 1, height, width, tolerance);
            Near(pair.GetProperty("J"), own.Region);
            Near(pair.GetProperty("F"), own.Boundary);
            if (file.Entries.ContainsKey($"pair{i}/out/boundary_gt"))
            {
                Assert.Equal(Bytes(file.Read($"pair{i}/out/boundary_gt")), MaskBoundary.Of(truth, 1, height, width).Map());
                Assert.Equal(Bytes(file.Read($"pair{i}/out/boundary_prediction")), MaskBoundary.Of(answer, 1, height, width).Map());
            }

            if (pair.TryGetProperty("radius", out var radius))
            {
                Assert.Equal(radius.GetDouble(), MaskBoundary.Radius(tolerance, height, width));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Metrics))]
    public void Statistics_equal_the_published_ones_whatever_the_number_of_frames(string name)
    {
        GoldenFolder.SkipIfAbsent(name);
        foreach (var recorded in Recorded(name).GetProperty("statistics").EnumerateArray())
        {
            Near(recorded, "", ScoreStatistics.Of([.. recorded.GetProperty("values").EnumerateArray().Select(Number)]));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Propagations))]
    public void Labels_of_every_frame_equal_DINOs_whatever_the_tile(string name)
    {
        using var file = GoldenFolder.Open(name);
        foreach (var (i, config) in GoldenFolder.Config(file).GetProperty("dino").EnumerateArray().Index())
        {
            using var scope = NewDisposeScope();
            var options = new PropagationOptions
            {
                Last = config.GetProperty("n_last").GetInt32(),
                Nearest = config.GetProperty("topk").GetInt32(),
                Radius = config.GetProperty("radius").GetDouble(),
                Shape = NeighborhoodShape.Square,
                Temperature = config.GetProperty("temperature").GetDouble(),
            };
            var (labels, patch) = (config.GetProperty("C").GetInt32(), config.GetProperty("patch").GetInt32());
            var (height, width) = (config.GetProperty("ori")[0].GetInt32(), config.GetProperty("ori")[1].GetInt32());
            var first = SoftMasks.OneHot(file.Read($"dino{i}/in/first_labels"), labels);
            var expected = file.Read($"dino{i}/out/soft").permute(0, 2, 3, 1);
            foreach (var soft in Propagated(file.Read($"dino{i}/in/features"), first, expected, options))
            {
                var last = soft[soft.shape[0] - 1];
                Assert.InRange(
                    GoldenFolder.MaxDifference(
                        file.Read($"dino{i}/out/upsampled_normalised_last"),
                        SoftMasks.Stretched(SoftMasks.Enlarged(last, patch))),
                    0,
                    20 * Soft);
                SameMasks(file.Read($"dino{i}/out/mask"), soft, each => SoftMasks.Smooth(each, patch, height, width));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Propagations))]
    public void Labels_of_every_frame_equal_DINOv3s_whatever_the_tile(string name)
    {
        using var file = GoldenFolder.Open(name);
        foreach (var config in GoldenFolder.Config(file).GetProperty("dinov3").EnumerateArray())
        {
            using var scope = NewDisposeScope();
            var options = new PropagationOptions
            {
                Last = config.GetProperty("n_last").GetInt32(),
                Nearest = config.GetProperty("topk").GetInt32(),
                Radius = config.GetProperty("size").GetDouble(),
                Shape = Enum.Parse<NeighborhoodShape>(config.GetProperty("shape").GetString()!, ignoreCase: true),
                Temperature = config.GetProperty("temperature").GetDouble(),
            };
            var prefix = config.GetProperty("prefix").GetString();
            var (height, width) = (config.GetProperty("mask_size")[0].GetInt32(), config.GetProperty("mask_size")[1].GetInt32());
            var features = file.Read(config.GetProperty("features").GetString()!);
            var expected = file.Read($"{prefix}/out/soft");
            var labels = SoftMasks.Labels(
                Bytes(file.Read($"{prefix}/in/first_mask")),
                height,
                width,
                ((int)features.shape[1], (int)features.shape[2]));
            Assert.Equal(0, GoldenFolder.MaxDifference(file.Read($"{prefix}/out/first_labels"), labels));
            var masks = file.Read($"{prefix}/out/mask");
            foreach (var soft in Propagated(features, SoftMasks.OneHot(labels, (int)expected.shape[^1]), expected, options))
            {
                SameMasks(masks.narrow(0, 1, masks.shape[0] - 1), soft, each => SoftMasks.Hard(each, height, width));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Propagations))]
    public void Frames_and_masks_are_brought_to_the_size_of_DINOs_script(string name)
    {
        using var file = GoldenFolder.Open(name);
        using var scope = NewDisposeScope();
        foreach (var size in GoldenFolder.Config(file).GetProperty("sizes_480_patch16").EnumerateArray())
        {
            var frame = size.GetProperty("frame");
            Assert.Equal(
                new FrameSize(frame[0].GetInt32(), frame[1].GetInt32()),
                FrameSize.Of(TrackingProtocol.Dino, 480, 16, size.GetProperty("height").GetInt32(), size.GetProperty("width").GetInt32()));
        }

        var (image, expected) = (file.Read("resize/in/image"), file.Read("resize/out/frame"));
        var (height, width) = ((int)image.shape[0], (int)image.shape[1]);
        var own = new FrameSize((int)expected.shape[1], (int)expected.shape[2])
            .Lines(new DecodedImage(width, height, 3, Bytes(image), Indexed: false));
        var (mean, deviation) = (tensor(new[] { 0.485, 0.456, 0.406 }), tensor(new[] { 0.228, 0.224, 0.225 }));
        var steps = ((expected.to(float64) * deviation.view(3, 1, 1)) + mean.view(3, 1, 1)) * 255.0;
        Assert.InRange(GoldenFolder.MaxDifference(steps, tensor(own).view(expected.shape)), 0, 1.01);
        var shares = file.Read("resize/out/onehot");
        var labels = SoftMasks.Labels(
            Bytes(file.Read("resize/in/labels")),
            height,
            width,
            ((int)shares.shape[2], (int)shares.shape[3]));
        Assert.Equal(0, GoldenFolder.MaxDifference(shares.argmax(1)[0], labels));
    }

    /// <summary>[T - 1, h, w, C], with memory for one patch at a time, for some, and for all.</summary>
    private static IEnumerable<Tensor> Propagated(Tensor features, Tensor first, Tensor expected, PropagationOptions options)
    {
        foreach (var memory in new[] { 1, 20_000, 1L << 30 })
        {
            using var propagation = new LabelPropagation(features[0], first, options with { Memory = memory });
            var soft = stack(Enumerable.Range(1, (int)features.shape[0] - 1).Select(frame => propagation.Next(features[frame])).ToArray());
            Assert.InRange(GoldenFolder.MaxDifference(expected, soft), 0, Soft);
            yield return soft;
        }
    }

    private static void SameMasks(Tensor expected, Tensor soft, Func<Tensor, byte[]> mask)
    {
        for (var frame = 0L; frame < expected.shape[0]; frame++)
        {
            Assert.InRange(Bytes(expected[frame]).Zip(mask(soft[frame])).Count(pair => pair.First != pair.Second), 0, Pixels);
        }
    }

    private static JsonElement Recorded(string name) => JsonDocument.Parse(
        File.ReadAllText(Path.Combine(GoldenFolder.Path, Path.ChangeExtension(name, ".json")))).RootElement;

    private static byte[] Bytes(Tensor values) => [.. values.contiguous().data<byte>()];

    /// <summary>Such as "empty" or "rows and columns 4..8": the second bound does not belong to it.</summary>
    private static byte[] Square(string words, int height, int width)
    {
        var mask = new byte[height * width];
        if (words != "empty")
        {
            int[] bounds = [.. words[words.LastIndexOf(' ')..].Split("..").Select(each => int.Parse(each, null))];
            for (var row = bounds[0]; row < bounds[1]; row++)
            {
                mask.AsSpan((row * width) + bounds[0], bounds[1] - bounds[0]).Fill(1);
            }
        }

        return mask;
    }

    private static void Near(JsonElement recorded, string prefix, ScoreStatistics own)
    {
        Near(recorded.GetProperty($"{prefix}mean"), own.Mean);
        Near(recorded.GetProperty($"{prefix}recall"), own.Recall);
        Near(recorded.GetProperty($"{prefix}decay"), own.Decay);
    }

    private static void Near(JsonElement recorded, IReadOnlyList<double> own)
    {
        Assert.Equal(recorded.GetArrayLength(), own.Count);
        foreach (var (expected, value) in recorded.EnumerateArray().Zip(own))
        {
            Near(expected, value);
        }
    }

    private static void Near(JsonElement recorded, double own)
    {
        if (double.IsNaN(Number(recorded)))
        {
            Assert.Equal(double.NaN, own);
            return;
        }

        Assert.InRange(Math.Abs(Number(recorded) - own), 0, Exact);
    }

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();
}

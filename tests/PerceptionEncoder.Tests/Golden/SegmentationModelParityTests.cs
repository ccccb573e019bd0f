using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Serialization.Weights;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>SAM 2.1's image path against facebookresearch/sam2.</summary>
public class SegmentationModelParityTests(ITestOutputHelper output)
{
    /// <summary>Positions of the levels, which only the memory of a clip takes.</summary>
    private const string MemoryPositions = "out/vision_pos_enc/";

    /// <summary>Mask logits, relative to the largest; the published float32 differs from float64 by some 1e-5 of it.</summary>
    private const double Relative = 1e-4;

    /// <summary>Embeddings, scores and the rest, absolute.</summary>
    private const double Absolute = 1e-4;

    private readonly HashSet<string> seen = [];

    public static TheoryData<string> Files => GoldenFolder.Cases("sam2*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void Every_output_is_the_published_one(string name)
    {
        using var file = GoldenFolder.Open(name);
        var config = GoldenFolder.Config(file);
        using var model = RecordedModel.Load(RecordedSegmentationModel.Options(config).Build(), file);
        using (no_grad())
        using (NewDisposeScope())
        {
            Encoding(file, model);
            Prompts(file, model);
            using var picture = model.Encode(file.Read("in/image"));
            Masks(file, model, picture);
            Mixed(file, model, config.GetProperty("dynamic_multimask").GetProperty("thresh_mixed").GetDouble());
        }

        Assert.DoesNotContain(file.Entries.Keys, each => each.StartsWith("out/", StringComparison.Ordinal)
            && !each.StartsWith(MemoryPositions, StringComparison.Ordinal) && !seen.Contains(each));
    }

    private void Encoding(SafetensorsFile file, SegmentationModel model)
    {
        var image = file.Read("in/image");
        var stages = model.ImageEncoder.Trunk.Encode(image);
        Near(file, "out/trunk_pos_embed", model.ImageEncoder.Trunk.Positions(stages[0].shape[1], stages[0].shape[2]));
        for (var stage = 0; stage < stages.Count; stage++)
        {
            Near(file, $"out/trunk/stage{stage}", stages[stage].permute(0, 3, 1, 2));
        }

        var levels = model.ImageEncoder.Levels(image);
        for (var level = 0; level < levels.Count; level++)
        {
            Near(file, $"out/fpn/level{level}", levels[level].permute(0, 3, 1, 2));
        }

        using var picture = model.Encode(image);
        var (height, width) = (levels[2].shape[1], levels[2].shape[2]);
        Near(file, "out/image_embed", Plane(picture.Tokens[0], height, width));
        Near(file, "out/dense_pe", Plane(picture.Positions, height, width));
        NearNested(file, "out/high_res/s0", picture.Full, 2);
        NearNested(file, "out/high_res/s1", picture.Half, 1);
    }

    private void Prompts(SafetensorsFile file, SegmentationModel model)
    {
        var encoder = model.PromptEncoder;
        Near(file, "out/grid/sparse", encoder.Points(file.Read("in/points"), file.Read("in/labels")));
        NearDense(file, "out/grid/dense", encoder.Mask(null));
        Near(file, "out/p2/sparse", encoder.Points(file.Read("in/points2"), file.Read("in/labels2")));
        NearDense(file, "out/p2/dense", encoder.Mask(file.Read("in/mask_input")));
        var corners = tensor(new long[] { (long)PointLabel.UpperLeft, (long)PointLabel.LowerRight }).view(1, 2);
        Near(file, "out/box/sparse", encoder.Points(file.Read("in/box").view(1, 2, 2), corners, fill: false));
    }

    private void Masks(SafetensorsFile file, SegmentationModel model, EncodedPicture picture)
    {
        var grid = new SegmentationPrompts(file.Read("in/points"), file.Read("in/labels"));
        var second = new SegmentationPrompts(file.Read("in/points2"), file.Read("in/labels2"), file.Read("in/mask_input"));
        var single = model.Predict(picture, grid, MaskChoice.Single);
        Near(file, "out/grid/multi", model.Predict(picture, grid, MaskChoice.Three));
        Near(file, "out/grid/single", single);
        Near(file, "out/grid/single_dynamic", model.Predict(picture, grid, MaskChoice.Best));
        Near(file, "out/p2", model.Predict(picture, second, MaskChoice.Three));

        // One pixel may flip, of some hundreds.
        var stability = MaskSelection.Stability(single.Logits, model.Options.StabilityDelta);
        Assert.InRange(GoldenFolder.MaxDifference(file.Read("out/grid/stability_single"), stability), 0, 2e-2);
        seen.Add("out/grid/stability_single");
    }

    private void Mixed(SafetensorsFile file, SegmentationModel model, double threshold)
    {
        using var mixed = RecordedModel.Load((model.Options with { StabilityThreshold = threshold }).Build(), file);
        using var picture = mixed.Encode(file.Read("in/image"));
        var grid = new SegmentationPrompts(file.Read("in/points"), file.Read("in/labels"));
        Near(file, "out/grid/single_dynamic_mixed", mixed.Predict(picture, grid, MaskChoice.Best));
    }

    private void Near(SafetensorsFile file, string prefix, MaskPrediction actual)
    {
        foreach (var (part, name) in RecordedModel.Under(file, prefix + "/"))
        {
            switch (part)
            {
                case "low_res_masks":
                    var largest = file.Read(name).abs().max().item<float>();
                    Near(file, name, actual.Logits, Relative * largest);
                    break;
                case "iou":
                    Near(file, name, actual.Iou);
                    break;
                case "object_score_logits":
                    Near(file, name, actual.ObjectScores);
                    break;
                case "sam_tokens":
                    Near(file, name, actual.MaskTokens);
                    break;
            }
        }
    }

    private void NearDense(SafetensorsFile file, string name, Tensor added)
    {
        var expected = file.Read(name);
        Near(file, name, added.expand(1, expected.shape[2] * expected.shape[3], -1).transpose(1, 2).reshape(expected.shape));
    }

    private void NearNested(SafetensorsFile file, string name, Tensor nested, int depth)
    {
        var expected = MaskUpscaling.Nested(file.Read(name)[0].permute(1, 2, 0).contiguous(), depth);
        Assert.InRange(GoldenFolder.MaxDifference(expected, nested), 0, Absolute);
        seen.Add(name);
    }

    private void Near(SafetensorsFile file, string name, Tensor actual, double bar = Absolute)
    {
        var difference = GoldenFolder.MaxDifference(file.Read(name), actual);
        output.WriteLine($"{name}: {difference:g3}");
        Assert.True(difference <= bar, $"{name} differs by {difference:g3}");
        seen.Add(name);
    }

    private static Tensor Plane(Tensor tokens, long height, long width) => tokens.t().reshape(1, -1, height, width);
}

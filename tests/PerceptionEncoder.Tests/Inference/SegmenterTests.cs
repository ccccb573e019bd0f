using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Tests.Models.Segmentation;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Inference;

public class SegmenterTests
{
    [Fact]
    public void Prompts_in_chunks_give_the_masks_they_give_together()
    {
        using var scope = NewDisposeScope();
        using var model = SmallSegmentationModel.Build();
        var pixels = SmallSegmentationModel.Picture();
        using var whole = new Segmenter(model, CPU);
        using var chunked = new Segmenter(model, CPU) { PromptsAtOnce = 3 };
        using var picture = whole.Encode(pixels);
        Assert.Equal((80, 48), (picture.Width, picture.Height));
        MaskPrompt[] prompts = [.. MaskPrompt.Grid(4, 80, 48), MaskPrompt.Box(2, 3, 40, 30)];
        var together = cat([.. whole.Predict(picture, prompts).Select(each => each.Logits)], 0);
        var apart = chunked.Predict(picture, prompts).Select(each => each.Logits).ToArray();
        Assert.Equal([3, 3, 3, 3, 3, 1, 1], apart.Select(each => each.shape[0]));
        Assert.Equal([17L, 3, 16, 16], together.shape);
        Assert.True((together - cat(apart, 0)).abs().max().item<float>() < 1e-4);
    }

    [Fact]
    public void A_grid_of_points_is_a_map_with_a_channel_each()
    {
        using var scope = NewDisposeScope();
        using var model = SmallSegmentationModel.Build();
        using var segmenter = new Segmenter(model, CPU) { PromptsAtOnce = 4 };
        using var picture = segmenter.Encode(SmallSegmentationModel.Picture());
        var maps = segmenter.GridLogits(picture, 3, 4, 8);
        Assert.Equal([4L, 8, 9], maps.shape);
        var fifth = segmenter.Predict(picture, [MaskPrompt.At(40, 24)], MaskChoice.Best).Single();
        var expected = nn.functional.interpolate(fifth.Logits, [4, 8], mode: InterpolationMode.Bilinear, align_corners: false)[0, 0];
        Assert.True((maps.select(2, 4) - expected).abs().max().item<float>() < 1e-4);
    }

    [Fact]
    public void Memory_stays_flat()
    {
        using var model = SmallSegmentationModel.Build();
        using var segmenter = new Segmenter(model, CPU) { PromptsAtOnce = 5 };
        Run();
        var before = LiveTensors.Count();
        Run();
        Run();
        Assert.Equal(before, LiveTensors.Count());

        void Run()
        {
            using var scope = NewDisposeScope();
            using var picture = segmenter.Encode(SmallSegmentationModel.Picture());
            var finder = new MaskFinder(segmenter);
            finder.OfGrid(picture, 4, new MaskFilterOptions { MinimumIou = 0, MinimumStability = 0 });
            finder.Of(picture, [MaskPrompt.At(3, 4)], MaskChoice.Three);
            using var maps = segmenter.GridLogits(picture, 3, 4, 4);
        }
    }

    [Fact]
    public void Bfloat16_gives_nearly_the_same_masks()
    {
        using var scope = NewDisposeScope();
        using var model = SmallSegmentationModel.Build();
        using var half = SmallSegmentationModel.Build();
        half.to(ScalarType.BFloat16);
        var pixels = SmallSegmentationModel.Picture();
        var exact = Logits(model);
        var rounded = Logits(half);
        var agreement = nn.functional.cosine_similarity(exact.flatten(), rounded.flatten(), 0).item<float>();
        Assert.InRange(agreement, 0.99, 1.01);

        Tensor Logits(SegmentationModel each)
        {
            using var segmenter = new Segmenter(each, CPU);
            using var picture = segmenter.Encode(pixels);
            return segmenter.Predict(picture, MaskPrompt.Grid(4, 80, 48)).Single().Logits;
        }
    }

    [Fact]
    public void Masks_of_a_grid_are_above_the_bounds_and_lie_apart()
    {
        using var scope = NewDisposeScope();
        using var model = SmallSegmentationModel.Build();
        using var segmenter = new Segmenter(model, CPU);
        using var picture = segmenter.Encode(SmallSegmentationModel.Picture());
        var options = new MaskFilterOptions { MinimumIou = 0.3, MinimumStability = 0.2, StabilityOffset = 0.01 };
        var found = new MaskFinder(segmenter).OfGrid(picture, 6, options);
        Assert.NotEmpty(found);
        Assert.All(found, mask => Assert.True(mask.PredictedIou > options.MinimumIou && mask.Stability >= options.MinimumStability));
        Assert.Equal(found.OrderByDescending(mask => mask.PredictedIou), found);
        foreach (var (rank, mask) in found.Index())
        {
            Assert.DoesNotContain(found.Skip(rank + 1), other => MaskFinder.Overlap(mask.Mask.Bounds, other.Mask.Bounds) > 0.7);
        }
    }

    [Fact]
    public void A_mask_knows_its_area_and_bounds()
    {
        byte[] pixels = [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0];
        var mask = PixelMask.Of(pixels, 4, 3);
        Assert.Equal(3, mask.Area);
        Assert.Equal((1, 1, 2, 2), mask.Bounds);
        Assert.Equal(pixels.Select(pixel => (byte)(255 * pixel)), mask.ToGrey());
        Assert.True(mask[2, 2]);
        Assert.False(mask[1, 2]);
    }
}

using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Segmentation;

/// <summary>A model of some thousand numbers with random weights.</summary>
internal static class SmallSegmentationModel
{
    public static SegmentationOptions Options { get; } = new()
    {
        ImageSize = 64,
        Width = 8,
        Stages = [1, 1, 2, 1],
        GlobalBlocks = [3],
        Windows = [4, 4, 2, 1],
        PositionGrid = 3,
        FeatureWidth = 16,
        MaskPromptWidth = 4,
        DecoderHeads = 2,
        DecoderHidden = 12,
        IouHidden = 8,
    };

    public static SegmentationModel Build(SegmentationOptions? options = null)
    {
        TorchRuntime.Initialize();
        Randomness.Seed(CPU, 3);
        var model = (options ?? Options).Build();
        model.eval();
        return model;
    }

    public static Tensor Picture(int width = 80, int height = 48)
    {
        using var scope = NewDisposeScope();
        return Randomness.Uniform(CPU, 3, height, width).mul_(255).to(uint8).MoveToOuterDisposeScope();
    }
}

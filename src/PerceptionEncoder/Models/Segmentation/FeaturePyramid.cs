using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Brings the stages of the trunk to one width and adds coarse levels to finer ones.</summary>
/// <remarks>facebookresearch/sam2, sam2/modeling/backbones/image_encoder.py: names and formulas only.</remarks>
internal sealed class FeaturePyramid : nn.Module
{
    private readonly IReadOnlyList<int> topDownLevels;

    [ComponentName(Name = "convs")]
    private readonly ModuleList<Lateral> laterals;

    public FeaturePyramid(SegmentationOptions options)
        : base(nameof(FeaturePyramid))
    {
        topDownLevels = options.TopDownLevels;
        laterals = nn.ModuleList(Enumerable.Range(0, SegmentationOptions.StageCount)
            .Select(fromTop => new Lateral((long)options.Width << (SegmentationOptions.StageCount - 1 - fromTop), options.FeatureWidth))
            .ToArray());
        RegisterComponents();
    }

    /// <param name="stages">The finest first, [B, h, w, C] each.</param>
    /// <returns>All levels but the coarsest, the finest first, [B, h, w, D] each.</returns>
    public IReadOnlyList<Tensor> Levels(IReadOnlyList<Tensor> stages)
    {
        using var scope = NewDisposeScope();
        var levels = new Tensor[stages.Count];
        for (var level = stages.Count - 1; level >= 0; level--)
        {
            var lateral = laterals[stages.Count - 1 - level].Project(stages[level]);
            levels[level] = level < stages.Count - 1 && topDownLevels.Contains(level)
                ? Enlarged(lateral, levels[level + 1])
                : lateral;
        }

        return [.. levels.SkipLast(1).Select(level => level.MoveToOuterDisposeScope())];
    }

    /// <summary>The finer level plus the coarser one, every place of which lies over four.</summary>
    private static Tensor Enlarged(Tensor fine, Tensor coarse)
    {
        var shape = coarse.shape;
        return fine.view(shape[0], shape[1], 2, shape[2], 2, shape[3])
            .add(coarse.unsqueeze(3).unsqueeze(2), Scalars.One)
            .view(fine.shape);
    }

    /// <summary>A convolution of one pixel.</summary>
    private sealed class Lateral : nn.Module
    {
        [ComponentName(Name = "conv")]
        private readonly KernelLayer convolution;

        public Lateral(long inputs, long outputs)
            : base(nameof(Lateral))
        {
            convolution = new KernelLayer(outputs, outputs, inputs, 1, 1);
            RegisterComponents();
        }

        public Tensor Project(Tensor grid) => convolution.OfPixels(grid);
    }
}

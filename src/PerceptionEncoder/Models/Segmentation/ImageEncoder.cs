using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Trunk and pyramid.</summary>
internal sealed class ImageEncoder : nn.Module
{
    [ComponentName(Name = "trunk")]
    private readonly HieraTrunk trunk;

    [ComponentName(Name = "neck")]
    private readonly FeaturePyramid neck;

    public ImageEncoder(SegmentationOptions options)
        : base(nameof(ImageEncoder))
    {
        trunk = new HieraTrunk(options);
        neck = new FeaturePyramid(options);
        RegisterComponents();
    }

    /// <summary>The trunk.</summary>
    public HieraTrunk Trunk => trunk;

    /// <param name="images">[B, 3, H, W], normalised.</param>
    /// <returns>Three levels, the finest first, [B, h, w, D] each.</returns>
    public IReadOnlyList<Tensor> Levels(Tensor images)
    {
        using var scope = NewDisposeScope();
        return [.. neck.Levels(trunk.Encode(images)).Select(level => level.MoveToOuterDisposeScope())];
    }
}

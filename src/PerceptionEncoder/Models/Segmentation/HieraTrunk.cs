using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>A picture as grids of four resolutions: each stage halves the side and doubles the channels.</summary>
/// <remarks>Hiera; facebookresearch/sam2, sam2/modeling/backbones/hieradet.py: names and formulas only.</remarks>
internal sealed class HieraTrunk : nn.Module
{
    private readonly int[] stageEnds;

    [ComponentName(Name = "pos_embed")]
    private readonly Parameter stretchedPositions;

    [ComponentName(Name = "pos_embed_window")]
    private readonly Parameter windowPositions;

    [ComponentName(Name = "patch_embed")]
    private readonly Patches patches;

    [ComponentName(Name = "blocks")]
    private readonly ModuleList<HieraBlock> blocks;

    public HieraTrunk(SegmentationOptions options)
        : base(nameof(HieraTrunk))
    {
        stageEnds = [.. Enumerable.Range(1, options.Stages.Count).Select(stage => options.Stages.Take(stage).Sum() - 1)];
        stretchedPositions = Initialization.Normal(0.02, 1, options.Width, options.PositionGrid, options.PositionGrid);
        windowPositions = Initialization.Normal(0.02, 1, options.Width, options.Windows[0], options.Windows[0]);
        patches = new Patches(options.Width);
        blocks = nn.ModuleList(options.Blocks().Select(shape => new HieraBlock(shape)).ToArray());
        RegisterComponents();
    }

    /// <param name="images">[B, 3, H, W], normalised, in the weights' type.</param>
    /// <returns>What leaves each stage, the finest first: [B, h, w, C].</returns>
    public IReadOnlyList<Tensor> Encode(Tensor images)
    {
        using var scope = NewDisposeScope();
        var grid = patches.Embed(images);
        grid = grid.add(Positions(grid.shape[1], grid.shape[2]).to(grid.dtype), Scalars.One);
        var stages = new List<Tensor>();
        for (var index = 0; index < blocks.Count; index++)
        {
            var next = blocks[index].call(grid);
            if (!stages.Contains(grid))
            {
                grid.Dispose();
            }

            grid = next;
            if (stageEnds.Contains(index))
            {
                stages.Add(grid);
            }
        }

        return [.. stages.Select(stage => stage.MoveToOuterDisposeScope())];
    }

    /// <summary>One square stretched over the picture, and one laid side by side within it; float32 [1, h, w, C].</summary>
    internal Tensor Positions(long height, long width)
    {
        using var scope = NewDisposeScope();
        var stretched = nn.functional.interpolate(
            stretchedPositions.to(float32),
            [height, width],
            mode: InterpolationMode.Bicubic,
            align_corners: false);
        var side = windowPositions.shape[3];
        return stretched.add(windowPositions.to(float32).tile([1, 1, height / side, width / side]), Scalars.One)
            .permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Overlapping patches of 7 x 7 pixels, every fourth pixel one.</summary>
    private sealed class Patches : nn.Module
    {
        private const int Side = 7;

        [ComponentName(Name = "proj")]
        private readonly KernelLayer projection;

        public Patches(long width)
            : base(nameof(Patches))
        {
            projection = new KernelLayer(width, width, 3, Side, Side);
            RegisterComponents();
        }

        /// <summary>[B, 3, H, W] to [B, H/4, W/4, C].</summary>
        public Tensor Embed(Tensor images)
        {
            using var scope = NewDisposeScope();
            return projection.OfPlanes(images, SegmentationOptions.PatchStride, Side / 2).permute(0, 2, 3, 1).contiguous()
                .MoveToOuterDisposeScope();
        }
    }
}

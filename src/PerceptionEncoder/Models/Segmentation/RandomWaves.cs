using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Positions in the picture as sine and cosine of waves of random direction and length.</summary>
/// <remarks>facebookresearch/sam2, sam2/modeling/position_encoding.py: names and formulas only.</remarks>
internal sealed class RandomWaves : nn.Module
{
    [ComponentName(Name = "positional_encoding_gaussian_matrix")]
    private readonly Parameter waves;

    public RandomWaves(long width)
        : base(nameof(RandomWaves))
    {
        waves = Initialization.Normal(1, 2, width / 2);
        RegisterComponents();
    }

    /// <param name="places">[..., 2]: x and y in shares of the sides, 0 to 1.</param>
    /// <returns>float32 [..., D], whatever the weights' type: phases are many times a turn.</returns>
    public Tensor Of(Tensor places)
    {
        using var scope = NewDisposeScope();
        var centred = places.to(float32).mul(Scalars.Of(2.0)).sub_(Scalars.Of(1.0));
        var phases = matmul(centred, waves.to(float32)).mul_(Scalars.Of(2 * Math.PI));
        return cat([phases.sin(), phases.cos()], -1).MoveToOuterDisposeScope();
    }

    /// <summary>The centres of a square grid's cells, float32 [side * side, D], row by row.</summary>
    public Tensor OfGrid(long side)
    {
        using var scope = NewDisposeScope();
        var cells = arange(Scalars.Of(0L), Scalars.Of(side), Scalars.One, float32, waves.device);
        var centres = cells.add_(Scalars.Of(0.5), Scalars.One).div_(Scalars.Of((double)side));
        var across = centres.unsqueeze(0).expand(side, side);
        var down = centres.unsqueeze(1).expand(side, side);
        return Of(stack([across, down], -1).view(-1, 2)).MoveToOuterDisposeScope();
    }
}

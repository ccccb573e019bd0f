using PerceptionEncoder.Evaluation.Dense.Heads;
using PerceptionEncoder.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>Adds a finer level to what came from the coarser ones, and doubles the size.</summary>
internal sealed class DptFusion : nn.Module
{
    [ComponentName(Name = "res_conv_unit1")]
    private readonly ResidualUnit? ofLevel;

    [ComponentName(Name = "res_conv_unit2")]
    private readonly ResidualUnit ofSum;

    [ComponentName(Name = "project")]
    private readonly DptConvolution projection;

    /// <param name="channels">Of all maps.</param>
    /// <param name="bias">Biases in the residual units.</param>
    /// <param name="first">There is nothing coarser.</param>
    public DptFusion(long channels, bool bias, bool first)
        : base(nameof(DptFusion))
    {
        ofLevel = first ? null : new ResidualUnit(channels, bias);
        ofSum = new ResidualUnit(channels, bias);
        projection = new DptConvolution(channels, channels, 1, bias: true);
        RegisterComponents();
    }

    /// <summary>Of the coarsest level alone, or of what was fused and the next level.</summary>
    /// <param name="fused">[B, C, h, w].</param>
    /// <param name="level">[B, C, ...]; brought to the size of the other where it differs.</param>
    /// <returns>[B, C, 2h, 2w].</returns>
    public Tensor Fuse(Tensor fused, Tensor? level)
    {
        using var scope = NewDisposeScope();
        var sum = level is null ? fused : fused.add(ofLevel!.call(TokenMaps.Resize(level, fused.shape[2..])), Scalars.One);
        return projection.call(Doubled(ofSum.call(sum))).MoveToOuterDisposeScope();
    }

    /// <summary>Twice the size, corner on corner.</summary>
    public static Tensor Doubled(Tensor map) => nn.functional.interpolate(
        map,
        [2 * map.shape[2], 2 * map.shape[3]],
        mode: InterpolationMode.Bilinear,
        align_corners: true);

    /// <summary>Two convolutions, each after a ReLU, beside the way straight on.</summary>
    private sealed class ResidualUnit : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "conv1")]
        private readonly DptConvolution first;

        [ComponentName(Name = "conv2")]
        private readonly DptConvolution second;

        public ResidualUnit(long channels, bool bias)
            : base(nameof(ResidualUnit))
        {
            first = new DptConvolution(channels, channels, 3, bias);
            second = new DptConvolution(channels, channels, 3, bias);
            RegisterComponents();
        }

        public override Tensor forward(Tensor maps)
        {
            using var scope = NewDisposeScope();
            return second.call(first.call(maps.relu()).relu()).add(maps, Scalars.One).MoveToOuterDisposeScope();
        }
    }
}

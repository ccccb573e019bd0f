using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>A learned factor for each channel of a residual branch, small at the start.</summary>
internal sealed class LayerScale : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "gamma")]
    private readonly Parameter gamma;

    public LayerScale(int width, double initialValue)
        : base(nameof(LayerScale))
    {
        gamma = Initialization.Constant(initialValue, width);
        RegisterComponents();
    }

    /// <summary>stream + gamma * branch, in one pass; all [..., D].</summary>
    public override Tensor forward(Tensor stream, Tensor branch) => stream.addcmul(branch, gamma, Scalars.One);
}

using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>x / √(mean(x²) + eps), times a gain for each channel; computed in float32.</summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly double eps;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    public RmsNorm(int width, double eps)
        : base(nameof(RmsNorm))
    {
        this.eps = eps;
        weight = Initialization.Constant(1, width);
        RegisterComponents();
    }

    /// <summary>[..., D] to [..., D] of the same dtype, a tensor of its own.</summary>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var wide = tokens.to(float32);
        var inverse = (wide * wide).mean([-1], keepdim: true).add_(Scalars.Of(eps), Scalars.One).rsqrt_();
        var normed = wide * inverse;
        return (tokens.dtype == float32 ? normed * weight : normed.to(tokens.dtype) * weight).MoveToOuterDisposeScope();
    }
}

using PerceptionEncoder.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>x Wᵀ, plus b where there is one, in the precision of the pass.</summary>
internal sealed class Projection : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter? bias;

    /// <summary>The weight is normal with a deviation, the bias 0.</summary>
    public Projection(long inputs, long outputs, double deviation, bool hasBias = false)
        : base(nameof(Projection))
    {
        weight = Initialization.Normal(deviation, outputs, inputs);
        bias = hasBias ? Initialization.Constant(0, outputs) : null;
        RegisterComponents();
    }

    /// <summary>W, [outputs, inputs].</summary>
    public Parameter Weight => weight;

    /// <summary>[..., inputs] to [..., outputs], a tensor of its own.</summary>
    public override Tensor forward(Tensor input) => Affine.Apply(input, weight, bias);
}

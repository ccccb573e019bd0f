using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>x Wᵀ + b, with torch's own initialisation.</summary>
internal sealed class LinearLayer : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter bias;

    /// <summary>Draws the weight, then the bias.</summary>
    public LinearLayer(long inputs, long outputs)
        : base(nameof(LinearLayer))
    {
        var bound = 1 / Math.Sqrt(inputs);
        weight = Initialization.Drawn(values => nn.init.kaiming_uniform_(values, Math.Sqrt(5)), outputs, inputs);
        bias = Initialization.Drawn(values => nn.init.uniform_(values, -bound, bound), outputs);
        RegisterComponents();
    }

    /// <summary>W, [outputs, inputs].</summary>
    public Parameter Weight => weight;

    /// <summary>b, [outputs].</summary>
    public Parameter Bias => bias;

    /// <summary>[..., inputs] to [..., outputs].</summary>
    public override Tensor forward(Tensor input) => nn.functional.linear(input, weight, bias);
}

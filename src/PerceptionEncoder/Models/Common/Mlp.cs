using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>Two linear layers with an exact (erf) GELU between them.</summary>
internal sealed class Mlp : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "c_fc")]
    private readonly LinearLayer expand;

    [ComponentName(Name = "c_proj")]
    private readonly LinearLayer contract;

    public Mlp(int width, int hidden)
        : base(nameof(Mlp))
    {
        expand = new LinearLayer(width, hidden);
        contract = new LinearLayer(hidden, width);
        RegisterComponents();
    }

    /// <summary>[..., D] to [..., D], a tensor of its own.</summary>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var hidden = Affine.Apply(tokens, expand);
        var activated = is_grad_enabled() ? hidden.gelu() : hidden.gelu_();
        return Affine.Apply(activated, contract).MoveToOuterDisposeScope();
    }

    /// <summary>Draws both weights anew from normal distributions.</summary>
    public void Redraw(double expandDeviation, double contractDeviation)
    {
        Initialization.Redraw(expand.Weight, expandDeviation);
        Initialization.Redraw(contract.Weight, contractDeviation);
    }
}

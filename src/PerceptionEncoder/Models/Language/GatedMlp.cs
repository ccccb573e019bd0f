using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>SwiGLU: w2(silu(w1 x) * w3 x).</summary>
internal sealed class GatedMlp : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "w1")]
    private readonly Projection gate;

    [ComponentName(Name = "w2")]
    private readonly Projection contract;

    [ComponentName(Name = "w3")]
    private readonly Projection expand;

    public GatedMlp(DecoderOptions options)
        : base(nameof(GatedMlp))
    {
        var (width, hidden) = (options.Width, options.FeedForwardWidth);
        var deviation = Math.Pow(width, -0.5);
        gate = new Projection(width, hidden, deviation);
        contract = new Projection(hidden, width, Math.Pow(hidden * 2.0 * options.Layers, -0.5));
        expand = new Projection(width, hidden, deviation);
        RegisterComponents();
    }

    /// <summary>[..., D] to [..., D], a tensor of its own.</summary>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var gates = gate.call(tokens);
        var hidden = is_grad_enabled()
            ? nn.functional.silu(gates) * expand.call(tokens)
            : nn.functional.silu(gates, inplace: true).mul_(expand.call(tokens));
        return contract.call(hidden).MoveToOuterDisposeScope();
    }
}

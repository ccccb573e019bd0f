using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Clip;

/// <summary>One learned probe attends over all tokens; an MLP with a residual connection follows.</summary>
/// <remarks>Perception Encoder, App. B.1.1; the residual adds the attention's output, not the probe, as published.</remarks>
internal sealed class AttentionPooling : nn.Module<Tensor, Tensor>
{
    private const int MlpRatio = 4;

    [ComponentName(Name = "probe")]
    private readonly Parameter probe;

    [ComponentName(Name = "attn")]
    private readonly ProbeAttention attention;

    [ComponentName(Name = "layernorm")]
    private readonly LayerNorm norm;

    [ComponentName(Name = "mlp")]
    private readonly Mlp mlp;

    public AttentionPooling(int width, int heads)
        : base(nameof(AttentionPooling))
    {
        probe = Initialization.Normal(1, 1, 1, width);
        attention = new ProbeAttention(width, heads);
        norm = Initialization.LayerNorm(width);
        mlp = new Mlp(width, MlpRatio * width);
        RegisterComponents();
    }

    /// <summary>[B, N, D] to [B, D].</summary>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var pooled = attention.call(probe, tokens);
        return pooled.add(mlp.call(norm.call(pooled)), Scalars.One).MoveToOuterDisposeScope();
    }
}

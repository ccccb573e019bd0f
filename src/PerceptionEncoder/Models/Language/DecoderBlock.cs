using PerceptionEncoder.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>Pre-norm block: x + attention(norm(x)), then x + mlp(norm(x)).</summary>
[MarksGradient]
internal sealed class DecoderBlock : nn.Module<Tensor, AttentionPass, Tensor>
{
    [ComponentName(Name = "attention")]
    private readonly GroupedQueryAttention attention;

    [ComponentName(Name = "feed_forward")]
    private readonly GatedMlp mlp;

    [ComponentName(Name = "attention_norm")]
    private readonly RmsNorm attentionNorm;

    [ComponentName(Name = "ffn_norm")]
    private readonly RmsNorm mlpNorm;

    public DecoderBlock(DecoderOptions options)
        : base(nameof(DecoderBlock))
    {
        attention = new GroupedQueryAttention(options);
        mlp = new GatedMlp(options);
        attentionNorm = new RmsNorm(options.Width, options.NormEps);
        mlpNorm = new RmsNorm(options.Width, options.NormEps);
        RegisterComponents();
    }

    /// <param name="tokens">[B, L, D].</param>
    /// <param name="pass">What all blocks share.</param>
    /// <returns>[B, L, D], a tensor of its own.</returns>
    public override Tensor forward(Tensor tokens, AttentionPass pass)
    {
        using var scope = NewDisposeScope();
        var attended = tokens.add(attention.call(attentionNorm.call(tokens), pass), Scalars.One);
        return attended.add(mlp.call(mlpNorm.call(attended)), Scalars.One).MoveToOuterDisposeScope();
    }
}

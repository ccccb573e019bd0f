using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Models.Clip;

/// <summary>
/// Multi-head attention of one query that all images share. Because there is a single query, the key projection moves to the
/// query's side (q · Wk x = Wkᵀq · x) and the value projection behind the weighted sum (Σ p Wv x = Wv Σ p x): the same result
/// without projecting any token. The key bias shifts all scores of a head alike and drops out of the softmax; the weights sum to
/// one, so the value bias is added once.
/// </summary>
internal sealed class ProbeAttention : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly int heads;

    [ComponentName(Name = "in_proj_weight")]
    private readonly Parameter inputWeight;

    [ComponentName(Name = "in_proj_bias")]
    private readonly Parameter inputBias;

    [ComponentName(Name = "out_proj")]
    private readonly LinearLayer outputProjection;

    public ProbeAttention(int width, int heads)
        : base(nameof(ProbeAttention))
    {
        this.heads = heads;
        inputWeight = Initialization.XavierUniform(3 * width, width);
        inputBias = Initialization.Constant(0, 3 * width);
        outputProjection = new LinearLayer(width, width);
        Initialization.Clear(outputProjection.Bias);
        RegisterComponents();
    }

    // B batch · N tokens · D width · H heads · h = D/H

    /// <param name="probe">[1, 1, D].</param>
    /// <param name="tokens">[B, N, D].</param>
    /// <returns>[B, D].</returns>
    public override Tensor forward(Tensor probe, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var (batch, width) = (tokens.shape[0], tokens.shape[2]);
        var size = width / heads;
        var weights = inputWeight.view(3, heads, size, width).unbind(0);                             // Wq, Wk, Wv, each [H, h, D]
        var biases = inputBias.view(3, width).unbind(0);

        var query = functional.linear(probe.view(1, width), weights[0].flatten(0, 1), biases[0]).view(heads, 1, size);
        var directions = bmm(query / Scalars.Of(Math.Sqrt(size)), weights[1]).view(heads, width);       // Wkᵀq of each head, [H, D]
        var attention = functional.linear(tokens, directions).softmax(1).transpose(1, 2);            // [B, H, N]
        var summed = bmm(attention, tokens.to(attention.dtype));                                     // Σ p x, [B, H, D]
        var values = bmm(summed.transpose(0, 1), weights[2].transpose(1, 2));                        // [H, B, h]
        var context = values.transpose(0, 1).reshape(batch, width).add(biases[2], Scalars.One);
        return outputProjection.call(context).MoveToOuterDisposeScope();
    }
}

using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>Multi-head self-attention with one fused projection to queries, keys and values.</summary>
/// <remarks>Perception Encoder, App. B.1.1; key names as published.</remarks>
internal sealed class SelfAttention : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly int heads;
    private readonly bool causal;

    [ComponentName(Name = "in_proj_weight")]
    private readonly Parameter inputWeight;

    [ComponentName(Name = "in_proj_bias")]
    private readonly Parameter inputBias;

    [ComponentName(Name = "out_proj")]
    private readonly LinearLayer outputProjection;

    public SelfAttention(int width, int heads, bool causal)
        : base(nameof(SelfAttention))
    {
        this.heads = heads;
        this.causal = causal;
        inputWeight = Initialization.XavierUniform(3 * width, width);
        inputBias = Initialization.Constant(0, 3 * width);
        outputProjection = new LinearLayer(width, width);
        Initialization.Clear(outputProjection.Bias);
        RegisterComponents();
    }

    // B batch · N tokens · D width · H heads · h = D/H

    /// <param name="tokens">[B, N, D], the module's dtype.</param>
    /// <param name="rotations">Of <see cref="Rope2D"/>, or null for no rotary positions.</param>
    /// <returns>[B, N, D], a tensor of its own.</returns>
    public override Tensor forward(Tensor tokens, Tensor? rotations)
    {
        using var scope = NewDisposeScope();
        var context = Attention.Apply(Project(tokens), rotations, causal);
        return Affine.Apply(context, outputProjection).MoveToOuterDisposeScope();
    }

    /// <summary>How much each token attends to each other, for pictures: the pass itself may never hold these.</summary>
    /// <param name="tokens">[B, N, D], the module's dtype.</param>
    /// <param name="rotations">Of <see cref="Rope2D"/>, or null for no rotary positions.</param>
    /// <returns>[B, H, N, N]; every row sums to 1.</returns>
    public Tensor Weights(Tensor tokens, Tensor? rotations)
    {
        using var scope = NewDisposeScope();
        return Attention.Weights(Project(tokens), rotations, causal).MoveToOuterDisposeScope();
    }

    /// <summary>Draws the weights anew from normal distributions.</summary>
    public void Redraw(double inputDeviation, double outputDeviation)
    {
        Initialization.Redraw(inputWeight, inputDeviation);
        Initialization.Redraw(outputProjection.Weight, outputDeviation);
    }

    /// <summary>Queries, keys and values, [B, N, 3, H, h].</summary>
    private Tensor Project(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var (batch, length, width) = (tokens.shape[0], tokens.shape[1], tokens.shape[2]);
        return Affine.Apply(tokens, inputWeight, inputBias).view(batch, length, 3, heads, width / heads).MoveToOuterDisposeScope();
    }
}

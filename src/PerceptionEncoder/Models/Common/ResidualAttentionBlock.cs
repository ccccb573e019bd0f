using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>Pre-norm transformer block: x + attention(ln(x)), then x + mlp(ln(x)).</summary>
[MarksGradient]
internal sealed class ResidualAttentionBlock : nn.Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "attn")]
    private readonly SelfAttention attention;

    [ComponentName(Name = "ls_1")]
    private readonly LayerScale? attentionScale;

    [ComponentName(Name = "ln_1")]
    private readonly LayerNorm attentionNorm;

    [ComponentName(Name = "ls_2")]
    private readonly LayerScale? mlpScale;

    [ComponentName(Name = "ln_2")]
    private readonly LayerNorm mlpNorm;

    [ComponentName(Name = "mlp")]
    private readonly Mlp mlp;

    [ComponentName(Name = "drop_path")]
    private readonly DropPath? dropPath;

    public ResidualAttentionBlock(TransformerShape shape)
        : base(nameof(ResidualAttentionBlock))
    {
        attention = new SelfAttention(shape.Width, shape.Heads, shape.Causal);
        attentionNorm = Initialization.LayerNorm(shape.Width);
        mlpNorm = Initialization.LayerNorm(shape.Width);
        mlp = new Mlp(shape.Width, shape.MlpHidden);
        if (shape.LayerScale is { } initialValue)
        {
            attentionScale = new LayerScale(shape.Width, initialValue);
            mlpScale = new LayerScale(shape.Width, initialValue);
        }

        dropPath = shape.DropPath > 0 ? new DropPath(shape.DropPath) : null;
        RegisterComponents();
    }

    /// <param name="tokens">[B, N, D].</param>
    /// <param name="rotations">Rotary positions, or null.</param>
    /// <returns>[B, N, D], a tensor of its own.</returns>
    public override Tensor forward(Tensor tokens, Tensor? rotations)
    {
        using var scope = NewDisposeScope();
        return Run(tokens, rotations, DrawPaths(tokens)).MoveToOuterDisposeScope();
    }

    /// <summary>Of <see cref="SelfAttention.Weights"/>, for tokens as they enter the block.</summary>
    public Tensor AttentionWeights(Tensor tokens, Tensor? rotations)
    {
        using var scope = NewDisposeScope();
        return attention.Weights(attentionNorm.call(tokens), rotations).MoveToOuterDisposeScope();
    }

    /// <summary>All that is random in a pass, drawn from torch's generator; null where nothing is.</summary>
    public DrawnPaths? DrawPaths(Tensor tokens)
        => dropPath is { IsActive: true } ? new DrawnPaths(dropPath.Draw(tokens), dropPath.Draw(tokens)) : null;

    /// <summary>The block with its randomness given: the same inputs give the same result.</summary>
    public Tensor Run(Tensor tokens, Tensor? rotations, DrawnPaths? paths)
    {
        using var scope = NewDisposeScope();
        var attended = Add(tokens, attention.call(attentionNorm.call(tokens), rotations), attentionScale, paths?.Attention);
        return Add(attended, mlp.call(mlpNorm.call(attended)), mlpScale, paths?.Mlp).MoveToOuterDisposeScope();
    }

    /// <summary>Draws all weights anew from the normal distributions of CLIP's text tower.</summary>
    public void Redraw(double attentionDeviation, double outputDeviation, double hiddenDeviation)
    {
        attention.Redraw(attentionDeviation, outputDeviation);
        mlp.Redraw(hiddenDeviation, outputDeviation);
    }

    private static Tensor Add(Tensor stream, Tensor branch, LayerScale? scale, Tensor? path)
    {
        if (path is not null)
        {
            branch = branch * path.to(branch.dtype);
        }

        if (scale is not null)
        {
            return scale.call(stream, branch);
        }

        // Nothing else holds the branch, so the sum may take its place; not where autocast made it narrower than the stream.
        return branch.dtype == stream.dtype ? branch.add_(stream, Scalars.One) : stream.add(branch, Scalars.One);
    }
}

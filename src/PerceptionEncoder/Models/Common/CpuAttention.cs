using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>
/// Attention from the fused projection to the merged heads as one step of autograd, for a CPU: two plain matrix products beat the fused
/// kernel there, and written by hand the heads are laid out once and rotated in place, where recorded operators would copy them over and
/// over in both directions.
/// </summary>
internal sealed class CpuAttention : autograd.SingleTensorFunction<CpuAttention>
{
    // B batch · N tokens · H heads · h head size · G = B * H

    public override string Name => nameof(CpuAttention);

    /// <param name="projected">[B, N, 3, H, h]: queries, keys, values.</param>
    /// <param name="rotations">Of <see cref="Rope2D"/>, or null.</param>
    /// <param name="causal">Token n sees tokens up to n.</param>
    /// <returns>[B, N, H * h].</returns>
    public static Tensor Apply(Tensor projected, Tensor? rotations, bool causal)
    {
        if (is_grad_enabled() && projected.requires_grad)
        {
            return apply(projected, new Settings(rotations, causal));
        }

        using var scope = NewDisposeScope();
        return Forward(projected, new Settings(rotations, causal)).Context.MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var settings = (Settings)vars[1];
        var (context, heads, weights) = Forward((Tensor)vars[0], settings);

        // An alias of the output, because the output itself will hold this context: a cycle. Rotations too, as those of a choice of patches
        // end with the forward pass.
        var saved = new List<Tensor>
        {
            heads.MoveToOuterDisposeScope(),
            weights.MoveToOuterDisposeScope(),
            context.alias().MoveToOuterDisposeScope(),
        };
        if (settings.Rotations is { } rotations)
        {
            saved.Add(rotations);
        }

        ctx.save_for_backward(saved);
        ctx.set_materialize_grads(false);
        return context.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        => BackwardPass.Answer(grad_output, () => Gradient(ctx, grad_output));

    /// <summary>With P the weights and S the scores: dV = Pᵀ dO; dP = dO Vᵀ; dS = P (dP - Σ dO O); dQ = dS K; dK = dSᵀ Q.</summary>
    private static Tensor Gradient(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var (heads, weights, context) = (saved[0], saved[1], saved[2]);                  // [3, B, H, N, h] · [G, N, N] · [B, N, H * h]
        var (batch, count, length, size) = (heads.shape[1], heads.shape[2], heads.shape[3], heads.shape[4]);
        var (q, k, v) = Split(heads);
        var dContext = grad_output.view(batch, length, count, size).transpose(1, 2).reshape(-1, length, size);

        var dValue = bmm(weights.transpose(1, 2), dContext);
        var dWeights = bmm(dContext, v.transpose(1, 2));
        var shift = (grad_output * context).view(batch, length, count, size).sum(-1).transpose(1, 2).reshape(-1, length, 1);
        var dScores = dWeights.sub_(shift).mul_(weights);
        var dQuery = bmm(dScores, k).mul_(Scale(size));                                  // q itself already carries the scale
        var dKey = bmm(dScores.transpose(1, 2), q);

        var dProjected = empty([batch, length, 3, count, size], grad_output.dtype, grad_output.device);
        var dHeads = dProjected.permute(2, 0, 3, 1, 4);
        var back = saved.Count > 3 ? saved[3].conj() : null;                             // turning back is turning by the opposite angle
        Lay(dQuery, dHeads[0], back);
        Lay(dKey, dHeads[1], back);
        Lay(dValue, dHeads[2], null);

        return dProjected.DetachFromDisposeScope();
    }

    private static (Tensor Context, Tensor Heads, Tensor Weights) Forward(Tensor projected, Settings settings)
    {
        var (batch, length, count, size) = (projected.shape[0], projected.shape[1], projected.shape[3], projected.shape[4]);
        var heads = empty([3, batch, count, length, size], projected.dtype, projected.device);
        var laid = projected.permute(2, 0, 3, 1, 4);
        Lay(laid.narrow(0, 0, 2), heads.narrow(0, 0, 2), settings.Rotations);
        Lay(laid[2], heads[2], null);

        var (q, k, v) = Split(heads);
        var scores = bmm(q.mul_(Scale(size)), k.transpose(1, 2));
        if (settings.Causal)
        {
            scores.add_(Attention.CausalMask(length, scores.dtype, scores.device), Scalars.One);
        }

        var weights = scores.softmax(-1);
        var context = bmm(weights, v).view(batch, count, length, size).transpose(1, 2).reshape(batch, length, count * size);
        return (context, heads, weights);
    }

    /// <summary>Views of queries, keys and values, each [G, N, h].</summary>
    private static (Tensor Query, Tensor Key, Tensor Value) Split(Tensor heads)
    {
        var flat = heads.flatten(1, 2);
        return (flat[0], flat[1], flat[2]);
    }

    /// <summary>Copies heads to where they belong, turned where there are rotations.</summary>
    private static void Lay(Tensor heads, Tensor target, Tensor? rotations)
    {
        if (rotations is null)
        {
            target.copy_(heads.view(target.shape));
        }
        else
        {
            Rope2D.RotateInto(target, heads.view(target.shape), rotations);
        }
    }

    private static Scalar Scale(long size) => Scalars.Of(1 / Math.Sqrt(size));

    private sealed record Settings(Tensor? Rotations, bool Causal);
}

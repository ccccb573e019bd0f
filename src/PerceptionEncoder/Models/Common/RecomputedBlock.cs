using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>
/// A block that keeps nothing but its input for the backward pass and computes the rest again there: memory for time. All its randomness is
/// drawn beforehand, so that both passes are the same.
/// </summary>
internal sealed class RecomputedBlock : autograd.SingleTensorFunction<RecomputedBlock>
{
    public override string Name => nameof(RecomputedBlock);

    /// <param name="block">The block.</param>
    /// <param name="tokens">[B, N, D].</param>
    /// <param name="rotations">Rotary positions, or null.</param>
    /// <returns>[B, N, D].</returns>
    public static Tensor Apply(ResidualAttentionBlock block, Tensor tokens, Tensor? rotations)
    {
        using var scope = NewDisposeScope();
        var paths = block.DrawPaths(tokens);
        return Apply(
            (input, constants) => block.Run(
                input,
                constants[0],
                constants[1] is { } attention ? new DrawnPaths(attention, constants[2]!) : null),
            tokens,
            [rotations, paths?.Attention, paths?.Mlp]).MoveToOuterDisposeScope();
    }

    /// <param name="run">The block: the same inputs give the same result.</param>
    /// <param name="tokens">[B, N, D].</param>
    /// <param name="constants">What else it reads, none of which gets a gradient.</param>
    /// <returns>[B, N, D].</returns>
    public static Tensor Apply(Func<Tensor, IReadOnlyList<Tensor?>, Tensor> run, Tensor tokens, IReadOnlyList<Tensor?> constants)
    {
        using var scope = NewDisposeScope();

        // Below a frozen embedding no input asks for a gradient, and without one autograd would not come back for the block's own
        // parameters.
        var input = tokens.requires_grad ? tokens : tokens.detach().requires_grad_();
        return apply(input, new Pass(run, constants, Autocast.Current(tokens.device))).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (input, pass) = ((Tensor)vars[0], (Pass)vars[1]);
        using var noGradient = no_grad();
        ctx.save_data(nameof(Pass), pass);
        ctx.set_materialize_grads(false);

        // Saved, because their own dispose scopes end before the backward pass begins.
        ctx.save_for_backward([input, .. pass.Constants.OfType<Tensor>()]);
        return pass.Run(input, pass.Constants);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        => BackwardPass.Answer(grad_output, () => Gradient(ctx, grad_output));

    private static Tensor Gradient(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        var pass = (Pass)ctx.get_data(nameof(Pass));
        var saved = ctx.get_saved_variables();
        var input = saved[0].detach().requires_grad_();
        var next = 1;
        Tensor?[] constants = [.. pass.Constants.Select(constant => constant is null ? null : saved[next++])];
        Tensor output;
        using (Autocast.Enter(input.device, pass.Narrow))
        {
            output = pass.Run(input, constants);
        }

        BackwardPass.Run(output, grad_output);
        return input.grad!.DetachFromDisposeScope();
    }

    private sealed record Pass(
        Func<Tensor, IReadOnlyList<Tensor?>, Tensor> Run,
        IReadOnlyList<Tensor?> Constants,
        ScalarType Narrow);
}

using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// Leaves a tensor as it is, and tells when the backward pass comes by: then the parameters of the module behind it have their gradients.
/// torch's own hooks on parameters are not to be had here.
/// </summary>
internal sealed class GradientMark : autograd.SingleTensorFunction<GradientMark>
{
    [ThreadStatic]
    private static IGradientListener? listener;

    public override string Name => nameof(GradientMark);

    /// <summary>Marks what is computed on this thread until the result is disposed.</summary>
    public static IDisposable Listen(IGradientListener to) => new Listening(to);

    /// <param name="input">Of the module; ends here.</param>
    /// <param name="module">Whose parameters are meant.</param>
    /// <returns>The same tensor, marked where somebody listens and a gradient will pass.</returns>
    public static Tensor Before(nn.Module module, Tensor input)
    {
        if (listener is not { } told || !input.requires_grad || !is_grad_enabled())
        {
            return input;
        }

        using (input)
        {
            told.WillPass(module);
            return apply(input, new Pass(told, module));
        }
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(nameof(Pass), (Pass)vars[1]);
        ctx.set_materialize_grads(false);
        return ((Tensor)vars[0]).alias();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        => BackwardPass.Answer(grad_output, () =>
        {
            var pass = (Pass)ctx.get_data(nameof(Pass));
            pass.Listener.Passed(pass.Module);
            return grad_output.alias().DetachFromDisposeScope();
        });

    private sealed record Pass(IGradientListener Listener, nn.Module Module);

    private sealed class Listening : IDisposable
    {
        private readonly IGradientListener? outer = listener;

        public Listening(IGradientListener to) => listener = to;

        public void Dispose() => listener = outer;
    }
}

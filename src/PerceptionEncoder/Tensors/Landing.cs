using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>Tensors on their way to the host, one at a time: while the host uses it, a GPU makes the next.</summary>
internal sealed class Landing
{
    private Action? flying;

    /// <summary>Starts to bring a tensor, then lands the one before; on the CPU nothing is in flight.</summary>
    /// <param name="tensor">Of any device; may be disposed afterwards.</param>
    /// <param name="use">Gets the tensor on the host, in a dispose scope of its own, once it is there.</param>
    public void Bring(Tensor tensor, Action<Tensor> use)
    {
        var (host, wait) = tensor.Fetch();
        if (wait is null)
        {
            Use(host);
            return;
        }

        host.DetachFromDisposeScope();
        Finish();
        flying = () =>
        {
            wait();
            using (host)
            {
                Use(host);
            }
        };

        void Use(Tensor landed)
        {
            using var scope = NewDisposeScope();
            use(landed);
        }
    }

    /// <summary>Lands what is in flight.</summary>
    public void Finish()
    {
        var last = flying;
        flying = null;
        last?.Invoke();
    }
}

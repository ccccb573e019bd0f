using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Batches;

/// <summary>
/// Tensors of disposed batches, kept for the next ones: taking fresh memory from the system for every batch can cost more than filling it.
/// Tensors belong to no dispose scope, because scopes are per thread and these are made on the loader's.
/// </summary>
internal sealed class BatchMemory(BatchLayout layout, int batch) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Stack<Tensor[]> free = [];
    private bool disposed;

    /// <summary>Tensors of one batch, with arbitrary contents.</summary>
    public Lease Rent()
    {
        lock (gate)
        {
            if (free.TryPop(out var used))
            {
                return new Lease(this, used);
            }
        }

        return new Lease(this, layout.Allocate(batch));
    }

    /// <summary>Frees what is here now and what comes back later.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            while (free.TryPop(out var used))
            {
                Free(used);
            }
        }
    }

    private void Return(Tensor[] tensors)
    {
        lock (gate)
        {
            if (!disposed)
            {
                free.Push(tensors);
                return;
            }
        }

        Free(tensors);
    }

    private static void Free(Tensor[] tensors) => Array.ForEach(tensors, tensor => tensor.Dispose());

    /// <summary>The tensors of one batch until it is disposed.</summary>
    internal sealed class Lease(BatchMemory memory, Tensor[] tensors) : IDisposable
    {
        private int returned;

        /// <summary>One a field, [batch, ...].</summary>
        public Tensor[] Tensors => tensors;

        /// <summary>Gives the tensors back, once.</summary>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref returned, 1) == 0)
            {
                memory.Return(tensors);
            }
        }
    }
}

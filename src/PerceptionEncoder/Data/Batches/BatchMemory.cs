using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Batches;

/// <summary>
/// Tensors of disposed batches, kept for the next ones: taking fresh memory from the system for every batch can cost more than filling it.
/// Tensors belong to no dispose scope, because scopes are per thread and these are made on the loader's.
/// </summary>
/// <param name="layout">What a batch is made of.</param>
/// <param name="batch">Samples of each.</param>
/// <param name="device">Where the tensors are.</param>
/// <param name="pinned">Of the host, and such that a GPU reads them by itself.</param>
internal sealed class BatchMemory(BatchLayout layout, int batch, Device device, bool pinned = false) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Queue<(Tensor[] Tensors, Action? Wait)> free = [];
    private bool disposed;

    /// <summary>Tensors of one batch, with arbitrary contents, that nothing uses any more: a GPU's work on them is waited for.</summary>
    public Lease Rent()
    {
        (Tensor[] Tensors, Action? Wait) used;
        lock (gate)
        {
            if (!free.TryDequeue(out used))
            {
                // Of memory that torch has freed before work on it is done: only its own stream waits for that by itself.
                used = (layout.Allocate(batch, device, pinned), DeviceWork.WaitForNow(device));
            }
        }

        used.Wait?.Invoke();
        return new Lease(this, used.Tensors);
    }

    /// <summary>Frees what is here now and what comes back later.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            while (free.TryDequeue(out var used))
            {
                used.Wait?.Invoke();
                Free(used.Tensors);
            }
        }
    }

    /// <summary>The host gives a batch back while a GPU may still be at it.</summary>
    private void Return(Tensor[] tensors)
    {
        lock (gate)
        {
            if (!disposed)
            {
                free.Enqueue((tensors, DeviceWork.WaitForNow(device)));
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

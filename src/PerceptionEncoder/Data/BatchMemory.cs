using static TorchSharp.torch;

namespace PerceptionEncoder.Data;

/// <summary>
/// Tensors of disposed batches, kept for the next ones: taking fresh memory from the system for every batch can cost more than filling it.
/// Tensors belong to no dispose scope, because scopes are per thread and these are made on the loader's.
/// </summary>
internal sealed class BatchMemory(int batch, int? frames, int height, int width) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Stack<(Tensor Images, Tensor Tokens)> free = [];
    private bool disposed;

    /// <summary>Tensors of one batch, with arbitrary contents.</summary>
    /// <param name="context">Ids a sample; the same in every call.</param>
    public Lease Rent(int context)
    {
        lock (gate)
        {
            if (free.TryPop(out var used))
            {
                return new Lease(this, used.Images, used.Tokens);
            }
        }

        return new Lease(this, empty(frames is { } count ? [batch, count, 3, height, width] : [batch, 3, height, width], uint8), empty([batch, context], int64));
    }

    /// <summary>Frees what is here now and what comes back later.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            while (free.TryPop(out var used))
            {
                used.Images.Dispose();
                used.Tokens.Dispose();
            }
        }
    }

    private void Return(Tensor images, Tensor tokens)
    {
        lock (gate)
        {
            if (!disposed)
            {
                free.Push((images, tokens));
                return;
            }
        }

        images.Dispose();
        tokens.Dispose();
    }

    /// <summary>The tensors of one batch until it is disposed.</summary>
    internal sealed class Lease(BatchMemory memory, Tensor images, Tensor tokens) : IDisposable
    {
        private int returned;

        /// <summary>[batch, 3, height, width] or [batch, frames, 3, height, width], uint8.</summary>
        public Tensor Images => images;

        /// <summary>[batch, context], int64.</summary>
        public Tensor Tokens => tokens;

        /// <summary>Gives the tensors back, once.</summary>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref returned, 1) == 0)
            {
                memory.Return(images, tokens);
            }
        }
    }
}

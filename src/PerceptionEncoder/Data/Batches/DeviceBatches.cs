using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Batches;

/// <summary>
/// Batches on their way to a device, each copied once, on a stream of its own and ahead of its use, while the device computes on earlier
/// ones. For one thread, which waits for its copies, and where a batch's memory is used again for the device's work on that batch.
/// </summary>
internal sealed class DeviceBatches : IDisposable
{
    private readonly BatchMemory memory;
    private readonly CudaRuntime? runtime;
    private readonly nint stream;

    /// <param name="layout">What a batch is made of.</param>
    /// <param name="batch">Samples of each.</param>
    /// <param name="device">Where they go.</param>
    public DeviceBatches(BatchLayout layout, int batch, Device device)
    {
        memory = new BatchMemory(layout, batch, device);
        runtime = CudaRuntime.Of(device);
        stream = runtime?.CreateStream(device) ?? 0;
    }

    /// <summary>The batch on the device; the host's is disposed.</summary>
    public Batch Send(Batch host)
    {
        using (host)
        {
            var lease = memory.Rent();
            try
            {
                foreach (var (from, to) in host.Tensors.Zip(lease.Tensors))
                {
                    Copy(from, to);
                }

                runtime?.Finish(stream);
            }
            catch
            {
                lease.Dispose();
                throw;
            }

            return host with { Tensors = lease.Tensors, Memory = lease };
        }
    }

    private void Copy(Tensor from, Tensor to)
    {
        if (runtime is null)
        {
            to.copy_(from);
        }
        else
        {
            runtime.Copy(TensorMemory.Pointer(to), TensorMemory.Pointer(from), from.NumberOfElements * from.ElementSize, stream);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        memory.Dispose();
        runtime?.DestroyStream(stream);
    }
}

using static TorchSharp.torch;

namespace PerceptionEncoder.Distributed;

/// <summary>A run of one process: every sum and every batch is its own already.</summary>
internal sealed class SingleProcess : ICollective
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void AllReduce(Tensor tensor)
    {
        // The sum over one rank.
    }

    /// <inheritdoc/>
    public Tensor AllGather(Tensor tensor) => tensor.alias();

    /// <inheritdoc/>
    public Tensor ReduceScatter(Tensor tensor) => tensor.alias();

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root)
    {
        // It is the root's.
    }

    /// <inheritdoc/>
    public void Barrier()
    {
        // All are here.
    }
}

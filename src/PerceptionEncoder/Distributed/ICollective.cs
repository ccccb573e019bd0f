using static TorchSharp.torch;

namespace PerceptionEncoder.Distributed;

/// <summary>
/// What the ranks of one run do together. All of them make the same calls in the same order, with tensors of the same shape and type.
/// </summary>
public interface ICollective
{
    /// <summary>This process among all, from 0.</summary>
    int Rank { get; }

    /// <summary>How many there are.</summary>
    int Size { get; }

    /// <summary>Time that this rank has waited for collectives, in all: for the others, and for the network.</summary>
    TimeSpan Waited => TimeSpan.Zero;

    /// <summary>Replaces a tensor by its sum over all ranks, the same to the last bit on each.</summary>
    void AllReduce(Tensor tensor);

    /// <summary>Begins what <see cref="AllReduce"/> does, of a contiguous tensor; others may follow before it has ended.</summary>
    IPendingCollective BeginAllReduce(Tensor tensor)
    {
        AllReduce(tensor);
        return EndedCollective.Instance;
    }

    /// <summary>
    /// Begins to replace a contiguous tensor of one rank by the sum over all; on the others it is undefined afterwards.
    /// </summary>
    IPendingCollective BeginReduce(Tensor tensor, int root) => BeginAllReduce(tensor);

    /// <summary>
    /// The tensors of all ranks one behind the other along the first dimension, in the order of ranks, in the caller's dispose scope.
    /// </summary>
    Tensor AllGather(Tensor tensor);

    /// <summary>
    /// The sum over all ranks of this rank's part of a tensor: [ranks · n, …] to [n, …], in the caller's dispose scope.
    /// </summary>
    Tensor ReduceScatter(Tensor tensor);

    /// <summary>Replaces a tensor by that of one rank.</summary>
    void Broadcast(Tensor tensor, int root);

    /// <summary>Waits until all ranks are here.</summary>
    void Barrier();
}

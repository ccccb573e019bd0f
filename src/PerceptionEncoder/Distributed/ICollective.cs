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

    /// <summary>Replaces a tensor by its sum over all ranks, the same to the last bit on each.</summary>
    void AllReduce(Tensor tensor);

    /// <summary>
    /// The tensors of all ranks one behind the other along the first dimension, in the order of ranks, in the caller's dispose scope.
    /// </summary>
    Tensor AllGather(Tensor tensor);

    /// <summary>Replaces a tensor by that of one rank.</summary>
    void Broadcast(Tensor tensor, int root);

    /// <summary>Waits until all ranks are here.</summary>
    void Barrier();
}

using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Losses;

namespace PerceptionEncoder.Training;

/// <summary>What trades time for memory; none of it changes the result. See also <c>stages[].micro_batch</c>.</summary>
public sealed record MemoryOptions
{
    /// <summary>
    /// Every so many-th block of both towers is computed again in the backward pass instead of kept: 1 for all, 0 for none.
    /// </summary>
    [Range(0, 1000)]
    public int RecomputeEvery { get; init; }

    /// <summary>
    /// Micro-batches are read and decoded a second time for their gradients, instead of kept from the first, in the memory of the device:
    /// 150 kB a pair at 224 pixels. For large batches on machines with processor time to spare.
    /// </summary>
    public bool ReadTwice { get; init; }

    /// <summary>Largest side of a matrix of similarities in the contrastive loss.</summary>
    [Range(1, int.MaxValue)]
    public int LossTile { get; init; } = PairLoss.DefaultTile;
}

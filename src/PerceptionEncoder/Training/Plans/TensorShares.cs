using PerceptionEncoder.Optimization;

namespace PerceptionEncoder.Training.Plans;

/// <summary>What a rank has of the optimiser's state, where ranks update parts of the tensors.</summary>
internal static class TensorShares
{
    /// <summary>Numbers of the rank that has the most.</summary>
    /// <param name="tensors">What is trained.</param>
    /// <param name="ranks">Among which it is dealt.</param>
    public static long Largest(IReadOnlyList<(string Name, long Elements)> tensors, int ranks)
    {
        var owners = OptimizerShard.Deal(ranks, tensors);
        return tensors.GroupBy(tensor => owners[tensor.Name]).Select(own => own.Sum(tensor => tensor.Elements)).DefaultIfEmpty().Max();
    }
}

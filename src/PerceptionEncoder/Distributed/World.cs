using static TorchSharp.torch;

namespace PerceptionEncoder.Distributed;

/// <summary>The ranks that train one run together, seen from one of them. One process is a world of one.</summary>
/// <param name="collective">What they do together.</param>
public sealed class World(ICollective collective)
{
    /// <summary>A run of one process.</summary>
    public static World Single { get; } = new(new SingleProcess());

    /// <summary>This rank, from 0.</summary>
    public int Rank => collective.Rank;

    /// <summary>How many ranks there are.</summary>
    public int Size => collective.Size;

    /// <summary>Whether this rank writes the run's files, measures and reports.</summary>
    public bool Writes => Rank == 0;

    /// <summary>What all ranks do together.</summary>
    public ICollective Collective => collective;

    /// <summary>
    /// How many of the first <paramref name="samples"/> of a batch this rank has: a batch is dealt one sample to each rank in turn.
    /// </summary>
    public int ShareOf(int samples) => (samples - Rank + Size - 1) / Size;

    /// <summary>The sum of a number over all ranks.</summary>
    public double Sum(double value)
    {
        using var scope = NewDisposeScope();
        var sum = tensor(value, float64);
        collective.AllReduce(sum);
        return sum.item<double>();
    }

    /// <summary>Whether something holds on any rank.</summary>
    public bool Any(bool here) => Sum(here ? 1 : 0) > 0;
}

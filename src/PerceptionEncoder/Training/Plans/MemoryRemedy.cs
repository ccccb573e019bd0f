namespace PerceptionEncoder.Training.Plans;

/// <summary>Finds settings with which a stage fits, those that cost the least time first.</summary>
internal static class MemoryRemedy
{
    /// <summary>Share of a device's memory that is planned with: driver, libraries and the allocator's gaps take the rest.</summary>
    public const double PlannedShare = 0.9;

    /// <summary>Smaller micro-batches leave a device idle: recomputing blocks costs less.</summary>
    private const int BusyMicroBatch = 32;

    /// <summary>Whether a rank has the memory.</summary>
    public static bool Fits(StageDemand demand, PlannedDevice device) => MemoryEstimate.Of(demand).Total <= PlannedShare * device.Memory;

    /// <summary>What to set, and what is taken then; or that nothing helps.</summary>
    public static string For(StageDemand demand, PlannedDevice device)
    {
        foreach (var (changed, settings) in Candidates(demand).Where(entry => entry.Settings.Count > 0))
        {
            if (Fits(changed, device))
            {
                return $"set {string.Join(", ", settings)}: {PlanText.Bytes(MemoryEstimate.Of(changed).Total)}";
            }
        }

        return "no setting makes it fit: take devices with more memory, or a smaller model";
    }

    /// <summary>Cheapest first: smaller micro-batches, moments elsewhere, blocks computed again, and all of them.</summary>
    private static IEnumerable<(StageDemand Changed, IReadOnlyList<string> Settings)> Candidates(StageDemand demand)
    {
        foreach (var recomputeEvery in demand.RecomputeEvery == 1 ? new[] { 1 } : [demand.RecomputeEvery, 1])
        {
            foreach (var shards in demand.ShardsOptimizer || demand.Ranks == 1 ? new[] { demand.ShardsOptimizer } : [false, true])
            {
                foreach (var size in Halves(demand.MicroBatch, recomputeEvery == 1 ? 1 : BusyMicroBatch))
                {
                    var changed = demand with { RecomputeEvery = recomputeEvery, ShardsOptimizer = shards, MicroBatch = size };
                    yield return (changed, [.. Settings(demand, changed)]);
                }
            }
        }
    }

    /// <summary>Halves of a micro-batch, which divide what it divides; itself first.</summary>
    private static IEnumerable<int> Halves(int size, int least)
    {
        yield return size;
        while (size % 2 == 0 && size / 2 >= least)
        {
            yield return size /= 2;
        }
    }

    private static IEnumerable<string> Settings(StageDemand before, StageDemand after)
    {
        if (after.ShardsOptimizer != before.ShardsOptimizer)
        {
            yield return "distributed.shard_optimizer: true";
        }

        if (after.MicroBatch != before.MicroBatch)
        {
            yield return $"stages[{before.Stage}].micro_batch: {after.MicroBatch}";
        }

        if (after.RecomputeEvery != before.RecomputeEvery)
        {
            yield return $"memory.recompute_every: {after.RecomputeEvery}";
        }
    }
}

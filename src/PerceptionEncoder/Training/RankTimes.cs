using PerceptionEncoder.Distributed;
using Serilog;

namespace PerceptionEncoder.Training;

/// <summary>
/// How long each rank computes. All steps take as long as the slowest rank's; what a rank waits for the others in collectives tells them
/// apart, so that a straggler is seen.
/// </summary>
/// <param name="world">The ranks.</param>
/// <param name="log">Each rank's own times, and on the first rank a straggler.</param>
internal sealed class RankTimes(World world, ILogger log)
{
    /// <summary>A rank that takes so many times the median is named.</summary>
    private const double Straggling = 1.3;

    private readonly string[] hosts = [.. world.Gather(Environment.MachineName)];
    private readonly HashSet<int> named = [];
    private TimeSpan waitedBefore = world.Waited;

    /// <summary>
    /// Adds <c>rank_seconds</c> (the mean over ranks, of a step), <c>slowest_rank</c>, <c>slowest_rank_seconds</c>,
    /// <c>slowest_data_wait</c> (the largest share of any rank) and <c>rank_wait</c> (of this rank, for others and the network). All ranks
    /// call it at the same steps.
    /// </summary>
    /// <param name="metrics">Takes them; has <c>data_wait</c>.</param>
    /// <param name="step">Steps made.</param>
    /// <param name="seconds">Of training since the last time.</param>
    /// <param name="steps">Made in that time.</param>
    public void Read(Dictionary<string, double> metrics, long step, double seconds, int steps)
    {
        if (world.Size == 1)
        {
            return;
        }

        var waited = (world.Waited - waitedBefore).TotalSeconds;
        waitedBefore = world.Waited;
        var busy = Math.Max(0, seconds - waited) / steps;
        log.Debug(
            "Step {Step}: rank {Rank} computes {Seconds} s a step, waits {DataWait} of the time for data and {RankWait} for other ranks",
            step,
            world.Rank,
            busy,
            metrics["data_wait"],
            waited / seconds);
        var (all, data) = (world.Each(busy), world.Each(metrics["data_wait"]));
        var slowest = Array.IndexOf(all, all.Max());
        metrics["rank_seconds"] = all.Average();
        metrics["slowest_rank"] = slowest;
        metrics["slowest_rank_seconds"] = all[slowest];
        metrics["slowest_data_wait"] = data.Max();
        metrics["rank_wait"] = waited / seconds;
        if (world.Writes && all[slowest] > Straggling * all.Order().ElementAt((all.Length - 1) / 2) && named.Add(slowest))
        {
            log.Warning(
                "Rank {Rank} (host {Host:l}) computes {Seconds:F3} s a step, the median of {Ranks} ranks {Median:F3} s: all wait for it",
                slowest,
                hosts[slowest],
                all[slowest],
                all.Length,
                all.Order().ElementAt((all.Length - 1) / 2));
        }
    }
}

namespace PerceptionEncoder.Training.Plans;

/// <summary>What a run costs on some machines, stage by stage: memory, traffic, time and money.</summary>
/// <param name="Cluster">The machines.</param>
/// <param name="Stages">End to end.</param>
public sealed record ClusterPlan(Cluster Cluster, IReadOnlyList<StageEstimate> Stages)
{
    private const double Hour = 3600;

    /// <summary>Hours of the whole run, without evaluation and checkpoints.</summary>
    public double Hours => Stages.Sum(stage => stage.Hours);

    /// <summary>Money for the whole run; null where it is not known.</summary>
    public double? Cost => Cluster.CostPerHour is { } price ? Hours * Cluster.Ranks * price : null;

    /// <summary>The plan of a run.</summary>
    /// <param name="demands">Of its stages, for the cluster's number of ranks.</param>
    /// <param name="cluster">The machines.</param>
    /// <exception cref="UserErrorException">How fast the device is is not known.</exception>
    public static ClusterPlan Of(IReadOnlyList<StageDemand> demands, Cluster cluster)
    {
        ArgumentNullException.ThrowIfNull(demands);
        ArgumentNullException.ThrowIfNull(cluster);
        return new ClusterPlan(cluster, [.. demands.Select(demand => Estimate(demand, cluster, Rate(demand, demands[^1], cluster)))]);
    }

    private static StageEstimate Estimate(StageDemand demand, Cluster cluster, double flopsPerSecond)
    {
        var traffic = StepTraffic.Of(demand);
        var time = StepTime.Of(demand, traffic, cluster, flopsPerSecond);
        var hours = demand.Steps * time.Step / Hour;
        var fits = MemoryRemedy.Fits(demand, cluster.Device);
        return new StageEstimate
        {
            Stage = demand.Stage,
            Resolution = demand.Resolution,
            Steps = demand.Steps,
            Batch = demand.Batch,
            RankBatch = demand.RankBatch,
            MicroBatch = demand.MicroBatch,
            Sample = demand.Sample,
            IsCached = demand.IsCached,
            FlopsPerPair = demand.FlopsPerPair,
            Memory = MemoryEstimate.Of(demand),
            MomentsSharded = MemoryEstimate.Of(demand with { ShardsOptimizer = true }).Moments,
            MomentsWhole = MemoryEstimate.Of(demand with { ShardsOptimizer = false }).Moments,
            ActivationsRecomputed = demand.Activations(demand.MicroBatch, 1),
            ActivationsKept = demand.Activations(demand.MicroBatch, 0),
            Traffic = traffic,
            Time = time,
            Hours = hours,
            Cost = cluster.CostPerHour is { } price ? hours * cluster.Ranks * price : null,
            Fits = fits,
            Remedy = fits ? null : MemoryRemedy.For(demand, cluster.Device),
        };
    }

    private static double Rate(StageDemand demand, StageDemand last, Cluster cluster)
        => cluster.PairsPerSecond is { } measured ? measured * last.FlopsPerPair
            : (demand.IsNarrow ? cluster.Device.NarrowFlops : cluster.Device.Flops) is > 0 and var peak ? cluster.Utilization * peak
            : throw new UserErrorException($"--device {cluster.Device.Name}: how fast it is must be measured. "
                + "Give --pairs-per-second, which pe bench step prints.");
}

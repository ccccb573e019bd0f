using static PerceptionEncoder.Training.Plans.PlanText;

namespace PerceptionEncoder.Training.Plans;

/// <summary>A <see cref="ClusterPlan"/> as lines for people.</summary>
public static class ClusterPlanText
{
    /// <summary>The whole plan.</summary>
    public static IEnumerable<string> Describe(ClusterPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        yield return Machines(plan);
        foreach (var stage in plan.Stages)
        {
            foreach (var line in Describe(stage, plan.Cluster))
            {
                yield return line;
            }
        }

        yield return $"  in all: {Hours(plan.Hours, plan.Cost, plan.Cluster.Ranks)}, without evaluation, checkpoints and latency";
    }

    /// <summary>Step time, efficiency and memory by the number of ranks, a row for each plan.</summary>
    /// <param name="plans">Of one run.</param>
    public static IEnumerable<string> Table(IReadOnlyList<ClusterPlan> plans)
    {
        ArgumentNullException.ThrowIfNull(plans);
        yield return Machines(plans[0]);
        foreach (var (index, first) in plans[0].Stages.Index())
        {
            yield return Invariant($"  stage {index + 1}: {first.Resolution} px, steps of {first.Batch:N0}, ")
                + Invariant($"{first.FlopsPerPair / 1e9:0.##} GFLOP a {first.Sample}");
            var (share, rate) = ($"{first.Sample}s a rank", $"{first.Sample}s/s".PadRight(9));
            yield return $"   ranks  {share}  towers   loss    optimiser  network  of it hidden  step     {rate}  memory   hours";
            foreach (var (cluster, stage) in plans.Select(plan => (plan.Cluster, plan.Stages[index])))
            {
                var time = stage.Time;
                yield return Invariant($"   {cluster.Ranks,5}  ") + Invariant($"{stage.RankBatch:N0}  ").PadLeft(share.Length + 2)
                    + Invariant($"{Seconds(time.Towers),-7}  {Seconds(time.Loss),-6}  ")
                    + Invariant($"{Seconds(time.Optimizer),-9}  {Seconds(time.Communication),-7}  {HiddenShare(stage),12:0%}  ")
                    + Invariant($"{Seconds(time.Step),-7}  ") + Invariant($"{stage.Batch / time.Step:N0}").PadRight(rate.Length + 2)
                    + Invariant($"{Bytes(stage.Memory.Total),-7}  {stage.Hours:N1}")
                    + (stage.Fits ? "" : $"  does not fit: {stage.Remedy}");
            }
        }

        foreach (var plan in plans)
        {
            yield return Invariant($"  in all, {plan.Cluster.Ranks,5} ranks: ") + Hours(plan.Hours, plan.Cost, plan.Cluster.Ranks);
        }
    }

    private static string Machines(ClusterPlan plan)
    {
        var cluster = plan.Cluster;
        var speed = cluster.PairsPerSecond is { } measured
            ? Invariant($"{measured:0.##} pairs/s of each at the last stage's resolution, as measured")
            : Invariant($"{cluster.Utilization:0.#%} of the peak of each")
                + (cluster.Utilization == Cluster.MeasuredUtilization ? ", as measured on an H100 with L/14-336 in bf16" : "");
        return $"  planned for {cluster.Device.Name}, {Bytes(cluster.Device.Memory)} each, "
            + $"{NetworkRate.Describe(cluster.NetworkRate)} a rank; {speed}";
    }

    private static IEnumerable<string> Describe(StageEstimate stage, Cluster cluster)
    {
        var (memory, traffic, time) = (stage.Memory, stage.Traffic, stage.Time);
        yield return Invariant($"  stage {stage.Stage + 1}: {stage.Resolution} px, {stage.Steps:N0} steps of {stage.Batch:N0} = ")
            + Invariant($"{Count((double)stage.Steps * stage.Batch)} {stage.Sample}s, ")
            + Invariant($"{stage.FlopsPerPair / 1e9:0.##} GFLOP a {stage.Sample}");
        yield return Invariant($"    each of {cluster.Ranks:N0} ranks: {stage.RankBatch:N0} {stage.Sample}s a step")
            + (stage.MicroBatch < stage.RankBatch
                ? Invariant($", encoded in micro-batches of {stage.MicroBatch:N0}{(stage.IsCached ? ", twice" : "")}")
                : ", encoded at once");
        yield return $"    memory: {Bytes(memory.Total)}: {Parts(
            ("weights", memory.Weights),
            ("bf16 copies", memory.NarrowCopies),
            ("gradients", memory.Gradients),
            ("moments", memory.Moments),
            ("average", memory.Average),
            ("activations", memory.Activations),
            ("waiting samples", memory.Waiting),
            ("features and loss", memory.Features),
            ("buckets", memory.Buckets))}";
        yield return $"      moments {Bytes(stage.MomentsSharded)} sharded, {Bytes(stage.MomentsWhole)} not; "
            + $"activations {Bytes(stage.ActivationsRecomputed)} with every block recomputed, {Bytes(stage.ActivationsKept)} with none";
        if (!stage.Fits)
        {
            yield return Invariant($"      does not fit: {MemoryRemedy.PlannedShare:0%} of ")
                + $"{Bytes(cluster.Device.Memory)} are planned with; {stage.Remedy}";
        }

        if (cluster.Ranks > 1)
        {
            yield return $"    a step sends {Bytes(traffic.Total)}: {Parts(
                ("gradients", traffic.Gradients),
                ("features", traffic.Features),
                ("their gradients", traffic.FeatureGradients),
                ("updated weights", traffic.UpdatedWeights))}; in {Seconds(time.Communication)}, "
                + Invariant($"{HiddenShare(stage):0%} of it behind the backward pass");
        }

        yield return $"    a step takes {Seconds(time.Step)}: towers {Seconds(time.Towers)}, loss {Seconds(time.Loss)}, "
            + $"optimiser {Seconds(time.Optimizer)}, waiting for the network {Seconds(time.Communication - time.Hidden)}; "
            + Invariant($"{stage.Batch / time.Step:N0} {stage.Sample}s/s");
        yield return $"    {Hours(stage.Hours, stage.Cost, cluster.Ranks)}";
    }

    private static double HiddenShare(StageEstimate stage)
        => stage.Time.Communication > 0 ? stage.Time.Hidden / stage.Time.Communication : 0;

    private static string Hours(double hours, double? cost, int ranks)
        => Invariant($"{hours:N1} hours, {hours * ranks:N0} device hours") + (cost is { } money ? $", {Money(money)} in money" : "");

    private static string Parts(params (string Name, double Bytes)[] parts)
        => string.Join(", ", parts.Where(part => part.Bytes > 0).Select(part => $"{part.Name} {Bytes(part.Bytes)}"));
}

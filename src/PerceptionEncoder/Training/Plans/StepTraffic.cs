namespace PerceptionEncoder.Training.Plans;

/// <summary>Bytes that a rank sends in a step.</summary>
/// <param name="Features">Features of the texts to all ranks; of the images too where the loss is local.</param>
/// <param name="FeatureGradients">Gradients of the texts back to the ranks that they are of.</param>
/// <param name="Gradients">Gradients of the weights, summed on all ranks, or on that which updates where the optimiser is sharded.</param>
/// <param name="UpdatedWeights">Weights back from the rank that updates them, where the optimiser is sharded.</param>
public sealed record StepTraffic(double Features, double FeatureGradients, double Gradients, double UpdatedWeights)
{
    private const int Sides = 2;

    /// <summary>All of it.</summary>
    public double Total => Features + FeatureGradients + Gradients + UpdatedWeights;

    /// <summary>Of one rank of a stage.</summary>
    public static StepTraffic Of(StageDemand demand)
    {
        ArgumentNullException.ThrowIfNull(demand);
        var trained = demand.TrainedNumbers;
        var texts = sizeof(float) * (double)demand.Batch * demand.FeatureDimension;
        return new StepTraffic(
            RingTraffic.AllGather(demand.IsLossLocal ? Sides * texts : texts, demand.Ranks),
            demand.IsLossLocal ? 0 : RingTraffic.ReduceScatter(texts, demand.Ranks),
            demand.ShardsOptimizer
                ? RingTraffic.ReduceScatter(demand.ReducedBytes * trained, demand.Ranks)
                : RingTraffic.AllReduce(demand.ReducedBytes * trained, demand.Ranks),
            demand.ShardsOptimizer ? RingTraffic.AllGather(sizeof(float) * trained, demand.Ranks) : 0);
    }
}

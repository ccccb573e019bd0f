namespace PerceptionEncoder.Training.Plans;

/// <summary>Bytes that a rank sends in a step.</summary>
/// <param name="Features">Features of images and texts to all ranks.</param>
/// <param name="FeatureGradients">Their gradients back to the ranks that they are of.</param>
/// <param name="Gradients">Gradients of the weights, summed over all ranks.</param>
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
        double trained = demand.Trained.Sum();
        var features = Sides * sizeof(float) * (double)demand.Batch * demand.FeatureDimension;
        return new StepTraffic(
            RingTraffic.AllGather(features, demand.Ranks),
            demand.IsLossLocal ? 0 : RingTraffic.ReduceScatter(features, demand.Ranks),
            RingTraffic.AllReduce(demand.ReducedBytes * trained, demand.Ranks),
            demand.ShardsOptimizer ? RingTraffic.AllGather(sizeof(float) * trained, demand.Ranks) : 0);
    }
}

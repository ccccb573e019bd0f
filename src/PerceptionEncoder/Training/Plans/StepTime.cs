namespace PerceptionEncoder.Training.Plans;

// B batch · b samples of a rank · D channels of a feature
/// <summary>Seconds of a step.</summary>
/// <param name="Towers">Forward and backward, with what micro-batches and recomputed blocks do a second time.</param>
/// <param name="Loss">Tiles of the similarities of a rank's samples with all.</param>
/// <param name="Optimizer">The update of this rank's share of the weights.</param>
/// <param name="Communication">All that a rank sends, at the network's rate.</param>
/// <param name="Hidden">The part of it that goes on beside the last micro-batch's backward pass.</param>
public sealed record StepTime(double Towers, double Loss, double Optimizer, double Communication, double Hidden)
{
    /// <summary>A training step costs the forward pass once, and twice more for the gradients of inputs and of weights.</summary>
    internal const double Passes = 3;

    private const double BackwardPasses = 2;

    /// <summary>Products with [b, B] similarities: them, them again beside their gradient, and both sides' gradients.</summary>
    private const double LossProducts = 4;

    /// <summary>The same for both directions by themselves, of which each needs the gradient of one side.</summary>
    private const double LocalLossProducts = 6;

    /// <summary>Share of the float32 peak that the loss reaches: 16,384 pairs in 55 ms on an H100 (docs/gpu.md).</summary>
    private const double LossUtilization = 0.6;

    /// <summary>Bytes of a parameter's update: weight, gradient and both moments are read, all but the gradient written.</summary>
    private const double UpdateBytes = 7 * sizeof(float);

    /// <summary>LAMB takes 5.3 to 7.4 times what moving its state takes on an H100 (docs/gpu.md).</summary>
    private const double UpdateOverMoving = 6;

    /// <summary>All of it.</summary>
    public double Step => Towers + Loss + Optimizer + Communication - Hidden;

    /// <summary>Share of the time in which the towers compute.</summary>
    public double Efficiency => Towers / Step;

    /// <summary>Of a stage.</summary>
    /// <param name="demand">What a rank has to do.</param>
    /// <param name="traffic">What it sends.</param>
    /// <param name="cluster">How fast it is.</param>
    /// <param name="flopsPerSecond">Of the towers' products.</param>
    public static StepTime Of(StageDemand demand, StepTraffic traffic, Cluster cluster, double flopsPerSecond)
    {
        ArgumentNullException.ThrowIfNull(demand);
        ArgumentNullException.ThrowIfNull(traffic);
        ArgumentNullException.ThrowIfNull(cluster);
        var forward = demand.FlopsPerPair / Passes / flopsPerSecond;
        var again = demand.RecomputeEvery > 0 ? 1.0 / demand.RecomputeEvery : 0;
        var lossRate = cluster.Device.Flops > 0 ? LossUtilization * cluster.Device.Flops : flopsPerSecond;
        var updated = demand.ShardsOptimizer ? TensorShares.Largest(demand.Trained, demand.Ranks) : demand.TrainedNumbers;

        // Gradients are whole only in the last micro-batch's backward pass, those of the blocks alone before it ends, and their last bucket
        // has nothing left to hide behind.
        var reduction = traffic.Gradients / cluster.NetworkRate;
        var buckets = Math.Max(1, Math.Ceiling(demand.ReducedBytes * (double)demand.EarlyNumbers / Math.Max(1, demand.BucketBytes)));
        var backward = (BackwardPasses + again) * forward * demand.MicroBatch;
        return new StepTime(
            forward * (Passes + again + (demand.IsCached ? 1 : 0)) * demand.RankBatch,
            (demand.IsLossLocal ? LocalLossProducts : LossProducts)
                * 2 * demand.RankBatch * (double)demand.Batch * demand.FeatureDimension / lossRate,
            cluster.Device.MemoryRate > 0 ? UpdateOverMoving * UpdateBytes * updated / cluster.Device.MemoryRate : 0,
            traffic.Total / cluster.NetworkRate,
            Math.Min(backward, reduction * demand.EarlyNumbers / Math.Max(1, demand.TrainedNumbers) * (buckets - 1) / buckets));
    }
}

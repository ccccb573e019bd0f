namespace PerceptionEncoder.Training.Plans;

// B batch · D channels of a feature
/// <summary>Bytes that one rank holds at the height of a step, without what the driver and the libraries take.</summary>
/// <param name="Weights">float32.</param>
/// <param name="NarrowCopies">The weights again for bf16 products.</param>
/// <param name="Gradients">float32, of what is trained.</param>
/// <param name="Moments">Both moments of what is trained: all of them, or this rank's share where the optimiser is sharded.</param>
/// <param name="Average">A moving average of the weights.</param>
/// <param name="Activations">Of a micro-batch, for its backward pass.</param>
/// <param name="Waiting">Samples of a step that wait for their second encoding.</param>
/// <param name="Features">Features that the loss needs, with gradients, and its tiles.</param>
/// <param name="Buckets">Gradients on their way to other ranks: one bucket that is sent and one that fills.</param>
public sealed record MemoryEstimate(
    double Weights,
    double NarrowCopies,
    double Gradients,
    double Moments,
    double Average,
    double Activations,
    double Waiting,
    double Features,
    double Buckets)
{
    private const int Moment = 2;
    private const int TilesAtOnce = 3;
    private const int BucketsAtOnce = 2;

    /// <summary>Of the whole batch: the texts and their gradients, or both sides where the loss is local.</summary>
    private const int Gathered = 2;

    /// <summary>Of a rank's own pairs: both sides, the images times the scale, and a gradient.</summary>
    private const int Own = 4;

    /// <summary>All of it.</summary>
    public double Total => Weights + NarrowCopies + Gradients + Moments + Average + Activations + Waiting + Features + Buckets;

    /// <summary>Of a rank that has the most.</summary>
    public static MemoryEstimate Of(StageDemand demand)
    {
        ArgumentNullException.ThrowIfNull(demand);
        var trained = demand.TrainedNumbers;
        double tile = Math.Min(demand.LossTile, demand.Batch);
        return new MemoryEstimate(
            sizeof(float) * (double)demand.Parameters,
            demand.IsNarrow ? sizeof(ushort) * (double)demand.Parameters : 0,
            sizeof(float) * trained,
            Moment * sizeof(float) * (demand.ShardsOptimizer ? TensorShares.Largest(demand.Trained, demand.Ranks) : trained),
            demand.HasAverage ? sizeof(float) * (double)demand.Parameters : 0,
            demand.Activations(demand.MicroBatch, demand.RecomputeEvery),
            demand.IsCached ? demand.WaitingBytes * demand.RankBatch : 0,
            sizeof(float) * ((((Gathered * (double)demand.Batch) + (Own * demand.RankBatch)) * demand.FeatureDimension)
                + (TilesAtOnce * tile * tile)),
            demand.Ranks > 1 ? BucketsAtOnce * (double)demand.BucketBytes : 0);
    }
}

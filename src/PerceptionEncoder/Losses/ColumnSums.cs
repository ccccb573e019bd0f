using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

/// <summary>Logarithms of sums of exponentials over the rows of all ranks.</summary>
internal static class ColumnSums
{
    /// <summary>[n], one for each row of [n, D], of sums with nothing in them yet.</summary>
    public static Tensor Lowest(Tensor features)
        => full(features.shape[0], Scalars.Of(double.NegativeInfinity), float32, features.device);

    /// <summary>The sums over the rows of all ranks, from those over each rank's.</summary>
    /// <param name="ofOwnRows">[B].</param>
    /// <param name="scale">
    /// No similarity is above it, or below its negative: up to 300, sums in float64 neither vanish nor overflow.
    /// </param>
    /// <param name="world">The ranks.</param>
    public static Tensor OfAllRanks(Tensor ofOwnRows, Tensor scale, World world)
    {
        if (world.Size == 1)
        {
            return ofOwnRows;
        }

        var bound = scale.to(float64);
        var sums = (ofOwnRows.to(float64) - bound).exp_();
        world.Collective.AllReduce(sums);
        return sums.log_().add_(bound, Scalars.One).to(float32);
    }
}

namespace PerceptionEncoder.Training.Plans;

// N ranks in a ring, each of which sends to the next
/// <summary>
/// Bytes that each rank sends in a collective around a ring, which is the least that any algorithm can do. Latency is not in it.
/// </summary>
public static class RingTraffic
{
    /// <summary>A sum that all ranks get: each part goes around once to be added up and once to be told, 2 (N - 1) / N.</summary>
    /// <param name="bytes">Of the tensor, which every rank has.</param>
    /// <param name="ranks">N.</param>
    public static double AllReduce(double bytes, int ranks) => 2 * AllGather(bytes, ranks);

    /// <summary>Every rank gets the parts of all, (N - 1) / N.</summary>
    /// <param name="bytes">Of all parts together.</param>
    /// <param name="ranks">N.</param>
    public static double AllGather(double bytes, int ranks) => bytes * (ranks - 1) / ranks;

    /// <summary>Every rank gets the sum of one part, (N - 1) / N: an all-gather that runs backwards.</summary>
    /// <param name="bytes">Of all parts together.</param>
    /// <param name="ranks">N.</param>
    public static double ReduceScatter(double bytes, int ranks) => AllGather(bytes, ranks);
}

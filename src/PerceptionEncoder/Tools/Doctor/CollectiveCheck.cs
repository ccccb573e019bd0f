using PerceptionEncoder.Distributed;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Whether ranks give each other what they should: known numbers go round.</summary>
internal static class CollectiveCheck
{
    private const int Numbers = 1000;

    /// <summary>By the world of this process.</summary>
    public static MachineCheck RoundTrip(Device device) => RoundTrip(World.Single, device);

    /// <summary>The same on each rank, all at the same time.</summary>
    /// <param name="world">This rank and the others.</param>
    /// <param name="device">Where the numbers are.</param>
    public static MachineCheck RoundTrip(World world, Device device) => MachineCheck.AtMost(
        0,
        $"sum, gathering and broadcast of known numbers ({(world.Size == 1 ? "one process" : $"{world.Size} processes")})",
        "Processes do not get each other's numbers: train with one process, and report it.",
        () =>
        {
            // Whole numbers of float32, whose sums are exact in any order.
            Tensor[] all = [.. Enumerable.Range(1, world.Size).Select(rank => arange(Numbers, float32, device) * rank)];
            Tensor Mine() => all[world.Rank].clone();

            var (sum, sent) = (Mine(), Mine());
            world.Collective.AllReduce(sum);
            var gathered = world.Collective.AllGather(Mine());
            world.Collective.Broadcast(sent, world.Size - 1);
            world.Collective.Barrier();
            return Math.Max(
                Closeness.Relative(stack(all).sum(dim: 0), sum),
                Math.Max(Closeness.Relative(cat(all), gathered), Closeness.Relative(all[^1], sent)));
        });
}
